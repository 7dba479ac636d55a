#include "protocol/rest/request_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "core/nearest.hpp"
#include "protocol/rest/json_tree.hpp"
#include "protocol/rest/parameter_value.hpp"
#include "protocol/rest/shown.hpp"

namespace penstock::protocol::rest {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kArenaBytes = 4'096;
constexpr std::int64_t kMostMilliseconds = 24LL * 3'600 * 1'000;

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(hint));
}

std::unexpected<Error> wrong_kind(std::string_view member, std::string_view meant, const JsonNode& found) {
  return wrong(fmt::format("`{}` must be {}, found {}", member, meant, describe(found.kind)));
}

std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names)
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", name);
  return list;
}

std::string did_you_mean(std::string_view wanted, std::span<const std::string_view> names) {
  const std::vector<std::string> candidates(names.begin(), names.end());
  const auto nearest = nearest_name(wanted, candidates);
  return nearest ? fmt::format("did you mean `{}`?", *nearest) : std::string();
}

Result<void> check_members(const JsonNode& root, std::span<const std::string_view> known,
                           std::span<const std::string_view> required) {
  if (root.kind != JsonKind::object)
    return wrong(fmt::format("the body must be a JSON object with {}, found {}", listed(required),
                             describe(root.kind)));
  for (const JsonNode& member : root.items) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    std::string hint = did_you_mean(member.key, known);
    if (hint.empty()) hint = fmt::format("There are {}.", listed(known));
    return wrong(fmt::format("the body has the unknown member `{}`", shown(member.key)), std::move(hint));
  }
  for (const std::string_view name : required) {
    if (root.find(name) == nullptr) return wrong(fmt::format("the body lacks the member `{}`", name));
  }
  return {};
}

Result<std::string> text_of(const JsonNode& node, std::string_view member) {
  if (node.kind != JsonKind::string) return wrong_kind(member, "a text", node);
  if (node.text.empty()) return wrong(fmt::format("`{}` must not be empty", member));
  return std::string(node.text);
}

Result<std::int64_t> count_of(const JsonNode& node, std::string_view member) {
  std::int64_t number = 0;
  if (node.kind == JsonKind::integer) {
    const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
    if (error == std::errc{} && number >= 1) return number;
    if (error == std::errc::result_out_of_range && !node.text.starts_with('-'))
      return std::numeric_limits<std::int64_t>::max();
    return wrong(fmt::format("`{}` must be a whole number from 1 on, found {}", member, shown(node.text)));
  }
  return wrong_kind(member, "a whole number from 1 on", node);
}

// Milliseconds of "500ms", "10s", "5m".
std::optional<double> duration_of(std::string_view text) {
  double number = 0;
  const char* const last = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the end is given, too
  const auto [end, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  if (error != std::errc{} || text.front() < '0' || text.front() > '9') return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  if (unit == "ms") return number;
  if (unit == "s") return number * 1'000;
  return unit == "m" ? std::optional(number * 60'000) : std::nullopt;
}

Result<milliseconds> timeout_of(const JsonNode& node) {
  constexpr std::string_view kMeant = "seconds as a number, or a text such as `500ms`, `10s` or `5m`";
  std::optional<double> time;
  if (node.kind == JsonKind::integer || node.kind == JsonKind::fraction) {
    double seconds = 0;
    if (std::from_chars(node.text.data(), node.text.data() + node.text.size(), seconds).ec == std::errc{})
      time = seconds * 1'000;
  } else if (node.kind == JsonKind::string) {
    time = duration_of(node.text);
  } else {
    return wrong_kind("timeout", kMeant, node);
  }
  if (!time || !std::isfinite(*time) || *time < 1)
    return wrong(
        fmt::format("`timeout` must be {}, and at least 1 ms, found `{}`", kMeant, shown(node.text)));
  return milliseconds(static_cast<std::int64_t>(std::min(*time, static_cast<double>(kMostMilliseconds))));
}

Result<Params> params_of(const JsonNode& node) {
  if (node.kind != JsonKind::array && node.kind != JsonKind::object) {
    return wrong_kind("params", "an array for parameters by position, or an object for named ones", node);
  }
  if (node.items.size() > kMaxParameters)
    return wrong(fmt::format("`params` has {} values, more than {}", node.items.size(), kMaxParameters));
  if (node.kind == JsonKind::array) {
    std::vector<Value> values;
    values.reserve(node.items.size());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      auto value = parameter_value(node.items[i], fmt::format("params[{}]", i));
      if (!value) return pass_error(value);
      values.push_back(std::move(*value));
    }
    return Params(std::move(values));
  }
  std::vector<std::pair<std::string, Value>> named;
  named.reserve(node.items.size());
  for (const JsonNode& member : node.items) {
    if (member.key.empty()) return wrong("`params` has a member without a name");
    auto value = parameter_value(member, fmt::format("params.{}", shown(member.key)));
    if (!value) return pass_error(value);
    named.emplace_back(std::string(member.key), std::move(*value));
  }
  return Params::named(std::move(named));
}

Result<std::string_view> choice_of(const JsonNode& node, std::string_view member,
                                   std::span<const std::string_view> choices) {
  if (node.kind != JsonKind::string)
    return wrong_kind(member, fmt::format("one of {}", listed(choices)), node);
  if (std::ranges::find(choices, node.text) != choices.end()) return node.text;
  return wrong(fmt::format("`{}` must be one of {}, found `{}`", member, listed(choices), shown(node.text)),
               did_you_mean(node.text, choices));
}

// Assigns the member `name`, if it is there, by `read`.
template <typename Target, typename Read>
Result<void> assign(const JsonNode& root, std::string_view name, Target& target, Read read) {
  const JsonNode* node = root.find(name);
  if (node == nullptr) return {};
  auto value = read(*node);
  if (!value) return pass_error(value);
  target = std::move(*value);
  return {};
}

// The members that name a statement.
template <typename Body>
Result<void> assign_statement(const JsonNode& root, Body& body) {
  auto assigned =
      assign(root, "database", body.database, [](const JsonNode& node) { return text_of(node, "database"); });
  if (assigned)
    assigned = assign(root, "sql", body.sql, [](const JsonNode& node) { return text_of(node, "sql"); });
  if (assigned) assigned = assign(root, "params", body.params, params_of);
  return assigned;
}

Result<Format> format_of(const JsonNode& node) {
  static constexpr std::array<std::string_view, 6> kFormats{"json", "jsonl",    "csv",
                                                            "tsv",  "markdown", "arrow"};
  const auto name = choice_of(node, "format", kFormats);
  if (!name) return std::unexpected(name.error());
  return parse_format(*name);
}

Result<RowShape> shape_of(const JsonNode& node) {
  static constexpr std::array<std::string_view, 2> kShapes{"objects", "arrays"};
  const auto name = choice_of(node, "rows", kShapes);
  if (!name) return std::unexpected(name.error());
  return *name == "arrays" ? RowShape::arrays : RowShape::objects;
}

Result<PlanFormat> plan_format_of(const JsonNode& node) {
  static constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
  const auto name = choice_of(node, "format", kFormats);
  if (!name) return std::unexpected(name.error());
  return *name == "json" ? PlanFormat::json : PlanFormat::text;
}

Result<bool> truth_of(const JsonNode& node) {
  if (node.kind != JsonKind::boolean) return wrong_kind("analyze", "true or false", node);
  return node.truth;
}

}  // namespace

Result<QueryBody> parse_query_body(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kMembers{"database", "sql",       "params", "timeout",
                                                            "max_rows", "max_bytes", "format", "rows"};
  static constexpr std::array<std::string_view, 2> kRequired{"database", "sql"};
  std::array<std::byte, kArenaBytes> first_memory;  // NOLINT(*-member-init): written before it is read
  std::pmr::monotonic_buffer_resource memory(first_memory.data(), first_memory.size());
  const auto root = parse_json_tree(text, memory);
  if (!root) return std::unexpected(root.error());
  if (auto checked = check_members(*root, kMembers, kRequired); !checked) return pass_error(checked);
  QueryBody body;
  auto assigned = assign_statement(*root, body);
  if (assigned) assigned = assign(*root, "timeout", body.options.timeout, timeout_of);
  if (assigned)
    assigned = assign(*root, "max_rows", body.options.max_rows,
                      [](const JsonNode& node) { return count_of(node, "max_rows"); });
  if (assigned)
    assigned = assign(*root, "max_bytes", body.options.max_bytes,
                      [](const JsonNode& node) { return count_of(node, "max_bytes"); });
  if (assigned) assigned = assign(*root, "format", body.format, format_of);
  if (assigned) assigned = assign(*root, "rows", body.rows, shape_of);
  if (!assigned) return pass_error(assigned);
  return body;
}

Result<ExplainBody> parse_explain_body(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kMembers{"database", "sql",    "params",
                                                            "timeout",  "format", "analyze"};
  static constexpr std::array<std::string_view, 2> kRequired{"database", "sql"};
  std::pmr::monotonic_buffer_resource memory;
  const auto root = parse_json_tree(text, memory);
  if (!root) return std::unexpected(root.error());
  if (auto checked = check_members(*root, kMembers, kRequired); !checked) return pass_error(checked);
  ExplainBody body;
  auto assigned = assign_statement(*root, body);
  if (assigned) assigned = assign(*root, "timeout", body.timeout, timeout_of);
  if (assigned) assigned = assign(*root, "format", body.options.format, plan_format_of);
  if (assigned) assigned = assign(*root, "analyze", body.options.analyze, truth_of);
  if (!assigned) return pass_error(assigned);
  return body;
}

Result<std::vector<std::string>> parse_validate_body(std::string_view text) {
  static constexpr std::array<std::string_view, 1> kMembers{"databases"};
  std::pmr::monotonic_buffer_resource memory;
  const auto root = parse_json_tree(text, memory);
  if (!root) return std::unexpected(root.error());
  if (auto checked = check_members(*root, kMembers, kMembers); !checked) return pass_error(checked);
  const JsonNode& list = *root->find("databases");
  if (list.kind != JsonKind::array) return wrong_kind("databases", "an array of logical databases", list);
  if (list.items.empty()) return wrong("`databases` is empty: name the logical databases");
  if (list.items.size() > kMaxValidatedDatabases)
    return wrong(fmt::format("`databases` names more than {}", kMaxValidatedDatabases));
  std::vector<std::string> databases;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    auto name = text_of(list.items[i], fmt::format("databases[{}]", i));
    if (!name) return pass_error(name);
    databases.push_back(std::move(*name));
  }
  return databases;
}

}  // namespace penstock::protocol::rest
