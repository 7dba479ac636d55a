#include "protocol/rest/json_tree.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "protocol/rest/shown.hpp"

namespace penstock::protocol::rest {

namespace {

namespace json = boost::json;

// What Boost.JSON's parser calls. Values that wait for the array or object they belong to lie on a stack.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = kMaxJsonNodes;
  static constexpr std::size_t max_array_size = kMaxJsonNodes;
  static constexpr std::size_t max_key_size = std::size_t{1} << 30;
  static constexpr std::size_t max_string_size = std::size_t{1} << 30;

  explicit TreeHandler(std::pmr::memory_resource& memory) : memory_(memory), stack_(&memory) {}

  [[nodiscard]] const JsonNode& root() const noexcept { return stack_.front(); }
  /// What this refused, in words; empty: the parser did.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code& ec) { return begin(ec); }
  bool on_array_end(std::size_t count, json::error_code&) { return close(JsonKind::array, count); }
  bool on_object_begin(json::error_code& ec) { return begin(ec); }
  bool on_object_end(std::size_t count, json::error_code& ec) {
    close(JsonKind::object, count);
    return members_differ(stack_.back().items, ec);
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return add(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    keys_.push_back(take(part));
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return add(part); }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    return push({.kind = JsonKind::string, .text = take(part)}, ec);
  }
  bool on_number_part(json::string_view part, json::error_code&) { return add(part); }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_double(double, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_bool(bool truth, json::error_code& ec) {
    return push({.kind = JsonKind::boolean, .truth = truth}, ec);
  }
  bool on_null(json::error_code& ec) { return push({}, ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool refuse(std::string why, json::error_code& ec) {
    refusal_ = std::move(why);
    ec = json::error::extra_data;
    return false;
  }

  bool add(std::string_view part) {
    parts_ += part;
    return true;
  }

  // The text whose last part this is, kept.
  std::string_view take(std::string_view part) {
    const std::size_t size = parts_.size() + part.size();
    if (size == 0) return {};
    char* kept = static_cast<char*>(memory_.allocate(size, 1));
    std::memcpy(kept, parts_.data(), parts_.size());
    if (!part.empty()) std::memcpy(kept + parts_.size(), part.data(), part.size());
    parts_.clear();
    return {kept, size};
  }

  bool number(std::string_view part, json::error_code& ec) {
    const std::string_view text = take(part);
    const bool is_integer = text.find_first_of(".eE") == std::string_view::npos;
    return push({.kind = is_integer ? JsonKind::integer : JsonKind::fraction, .text = text}, ec);
  }

  // A member's key comes before its value, and the keys of what is inside the value between them.
  bool begin(json::error_code& ec) {
    if (++nodes_ > kMaxJsonNodes) return refuse(fmt::format("more than {} values", kMaxJsonNodes), ec);
    open_.push_back(keys_.size());
    return true;
  }

  bool push(JsonNode node, json::error_code& ec) {
    if (++nodes_ > kMaxJsonNodes) return refuse(fmt::format("more than {} values", kMaxJsonNodes), ec);
    take_key(node);
    stack_.push_back(node);
    return true;
  }

  // Of the object that is open, if it is one: an array has opened with as many keys as there are.
  void take_key(JsonNode& node) {
    const std::size_t from = open_.empty() ? 0 : open_.back();
    if (keys_.size() <= from) return;
    node.key = keys_.back();
    keys_.pop_back();
  }

  bool close(JsonKind kind, std::size_t count) {
    JsonNode node{.kind = kind};
    if (count != 0) {
      auto* items = static_cast<JsonNode*>(memory_.allocate(count * sizeof(JsonNode), alignof(JsonNode)));
      std::uninitialized_copy_n(stack_.end() - static_cast<std::ptrdiff_t>(count), count, items);
      stack_.resize(stack_.size() - count);
      node.items = {items, count};
    }
    open_.pop_back();
    take_key(node);
    stack_.push_back(node);
    return true;
  }

  bool members_differ(std::span<const JsonNode> members, json::error_code& ec) {
    if (members.size() < 2) return true;
    names_.clear();
    for (const JsonNode& member : members)
      names_.push_back(member.key);
    std::ranges::sort(names_);
    const auto twice = std::ranges::adjacent_find(names_);
    if (twice == names_.end()) return true;
    return refuse(fmt::format("the member `{}` is there twice", shown(*twice)), ec);
  }

  std::pmr::memory_resource& memory_;
  std::pmr::vector<JsonNode> stack_;
  std::vector<std::size_t> open_;  // how many keys there were at each opening
  std::vector<std::string_view> keys_;
  std::vector<std::string_view> names_;
  std::string parts_;
  std::string refusal_;
  std::size_t nodes_ = 0;
};

Error broken(std::string_view text, std::size_t offset, std::string_view why) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t line_begin = before.rfind('\n');
  const std::size_t column =
      line_begin == std::string_view::npos ? before.size() + 1 : before.size() - line_begin;
  return fail(
             ErrorCode::invalid_argument,
             fmt::format("the body is not the JSON that is wanted: {} (line {}, byte {})", why, line, column))
      .error();
}

std::string reason(const TreeHandler& handler, const json::error_code& ec) {
  if (!handler.refusal().empty()) return handler.refusal();
  if (ec == json::error::too_deep) return fmt::format("it nests deeper than {} levels", kMaxJsonNesting);
  if (ec == json::error::incomplete) return "it ends too early";
  if (ec == json::error::extra_data) return "something follows its end";
  return ec.message();
}

void append_string(std::pmr::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const noexcept {
  if (kind != JsonKind::object) return nullptr;
  const auto found = std::ranges::find(items, name, &JsonNode::key);
  return found == items.end() ? nullptr : &*found;
}

std::string_view describe(JsonKind kind) noexcept {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "true or false";
    case JsonKind::integer:
      return "a whole number";
    case JsonKind::fraction:
      return "a number";
    case JsonKind::string:
      return "a text";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return {};
}

Result<JsonNode> parse_json_tree(std::string_view text, std::pmr::memory_resource& memory) {
  json::parse_options options;
  options.max_depth = kMaxJsonNesting;
  json::basic_parser<TreeHandler> parser(options, memory);
  json::error_code ec;
  std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    used += std::min(text.substr(used).find_first_not_of(" \t\r\n"), text.size() - used);
    if (used < text.size()) ec = json::error::extra_data;
  }
  if (ec) return std::unexpected(broken(text, used, reason(parser.handler(), ec)));
  return parser.handler().root();
}

void append_json(std::pmr::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::null:
      out += "null";
      return;
    case JsonKind::boolean:
      out += node.truth ? "true" : "false";
      return;
    case JsonKind::integer:
    case JsonKind::fraction:
      out += node.text;
      return;
    case JsonKind::string:
      return append_string(out, node.text);
    case JsonKind::array:
    case JsonKind::object:
      break;
  }
  const bool is_object = node.kind == JsonKind::object;
  out += is_object ? '{' : '[';
  bool is_first = true;
  for (const JsonNode& item : node.items) {
    if (!std::exchange(is_first, false)) out += ',';
    if (is_object) {
      append_string(out, item.key);
      out += ':';
    }
    append_json(out, item);
  }
  out += is_object ? '}' : ']';
}

}  // namespace penstock::protocol::rest
