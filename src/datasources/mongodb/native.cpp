#include "datasources/mongodb/native.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "penstock/utf8.hpp"

#include "core/json_check.hpp"
#include "datasources/mongodb/guard.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxCommandBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxPosition = 10'000;
constexpr std::int64_t kSampleDocuments = 100;

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

using ParameterName = std::variant<std::int64_t, std::string_view>;

// What a document that is nothing but {"$param": ...} asks for.
std::optional<ParameterName> parameter_at(const bson_iter_t& value) {
  bson_iter_t child;
  if (!BSON_ITER_HOLDS_DOCUMENT(&value) || !bson_iter_recurse(&value, &child) || !bson_iter_next(&child))
    return std::nullopt;
  if (key_of(child) != "$param") return std::nullopt;
  std::optional<ParameterName> name;
  if (BSON_ITER_HOLDS_INT(&child)) name = bson_iter_as_int64(&child);
  if (BSON_ITER_HOLDS_UTF8(&child)) name = text_of(child);
  return bson_iter_next(&child) ? std::nullopt : name;
}

Result<void> find_parameters(const bson_t& document, NativeCommand& command) {
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &document)) return {};
  while (bson_iter_next(&iter)) {
    if (const auto name = parameter_at(iter)) {
      if (const auto* position = std::get_if<std::int64_t>(&*name)) {
        if (*position < 1 || *position > kMaxPosition)
          return fail(ErrorCode::syntax_error, "the place of a parameter is counted from 1: {\"$param\": 1}");
        command.positions = std::max(command.positions, static_cast<std::size_t>(*position));
      } else if (const std::string text(std::get<std::string_view>(*name));
                 std::ranges::find(command.names, text) == command.names.end()) {
        command.names.push_back(text);
      }
      continue;
    }
    if (key_of(iter) == "$param")
      return fail(ErrorCode::syntax_error,
                  "a parameter is written {\"$param\": 1} or {\"$param\": \"name\"}");
    if (!BSON_ITER_HOLDS_DOCUMENT(&iter) && !BSON_ITER_HOLDS_ARRAY(&iter)) continue;
    if (auto found = find_parameters(DocumentView(iter).get(), command); !found) return found;
  }
  return {};
}

// Copies a command with values in the places of its parameters.
class Binder {
 public:
  explicit Binder(const Params& params) : params_(params) {}

  /// `paths`: a text that begins with `$` would be one.
  Result<void> copy(const bson_t& from, bson_t& to, bool paths, std::size_t depth = 0) {
    bson_iter_t iter;
    if (!bson_iter_init(&iter, &from)) return {};
    Result<void> copied;
    while (copied && bson_iter_next(&iter)) {
      const std::string_view key = key_of(iter);
      if (const auto name = parameter_at(iter)) {
        copied = value(to, key, *name, paths && key != "$literal");
      } else if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
        append_child(to, key, [&](bson_t& child) {
          copied = copy(DocumentView(iter).get(), child, reads_paths(key, paths, depth), depth + 1);
        });
      } else if (BSON_ITER_HOLDS_ARRAY(&iter)) {
        append_array(to, key, [&](bson_t& child) {
          copied = copy(DocumentView(iter).get(), child, reads_paths(key, paths, depth), depth + 1);
        });
      } else {
        bson_append_iter(&to, key.data(), length_of(key), &iter);
      }
    }
    return copied;
  }

 private:
  // In a query a text is a text; in an expression one that begins with `$` is a path.
  static bool reads_paths(std::string_view key, bool paths, std::size_t depth) {
    if (key == "$match" || key == "$literal") return false;
    if (depth == 0 && (key == "filter" || key == "query")) return false;
    return paths || key == "$expr";
  }

  Result<void> value(bson_t& to, std::string_view key, const ParameterName& name, bool is_expression) {
    std::string what = "parameter ";
    const Value* bound = nullptr;
    if (const auto* position = std::get_if<std::int64_t>(&name)) {
      what += std::to_string(*position);
      bound = &params_[static_cast<std::size_t>(*position - 1)];
    } else {
      const auto text = std::get<std::string_view>(name);
      what += "'" + std::string(text) + "'";
      const auto at = std::ranges::find(params_.names(), text) - params_.names().begin();
      bound = &params_[static_cast<std::size_t>(at)];
    }
    const auto* text = bound->get_if<std::string>();
    if (is_expression && text != nullptr && text->starts_with('$')) {
      return fail(ErrorCode::invalid_argument,
                  what + " begins with $, and would be read as the path of a field in this place",
                  R"(write {"$literal": {"$param": 1}})");
    }
    return append_value(to, key, *bound, what);
  }

  const Params& params_;
};

std::unexpected<Error> wrong_number(std::size_t wanted, std::size_t given) {
  return fail(ErrorCode::invalid_argument, "the command has " + std::to_string(wanted) +
                                               " parameters, and there are " + std::to_string(given) +
                                               " values");
}

Result<void> check_names(const NativeCommand& command, const Params& params) {
  std::vector<std::string> given = params.names();
  std::ranges::sort(given);
  if (std::ranges::adjacent_find(given) != given.end())
    return fail(ErrorCode::invalid_argument, "a parameter has two values");
  for (const std::string& name : command.names) {
    if (!std::ranges::binary_search(given, name))
      return fail(ErrorCode::invalid_argument, "the parameter '" + name + "' has no value");
  }
  for (const std::string& name : given) {
    if (std::ranges::find(command.names, name) == command.names.end())
      return fail(ErrorCode::invalid_argument, "the command has no parameter '" + name + "'");
  }
  return {};
}

Result<void> check_parameters(const NativeCommand& command, const Params& params) {
  if (command.positions > 0 && !command.names.empty())
    return fail(ErrorCode::invalid_argument, "parameters are either counted or named, not both");
  if (params.is_named()) {
    if (command.positions > 0)
      return fail(ErrorCode::invalid_argument, "the command has parameters by position, and values by name");
    return check_names(command, params);
  }
  if (!command.names.empty())
    return fail(ErrorCode::invalid_argument, "the parameter '" + command.names.front() + "' has no value");
  if (command.positions != params.size()) return wrong_number(command.positions, params.size());
  return {};
}

}  // namespace

bool is_native(std::string_view text) noexcept {
  return trimmed(text).starts_with('{');
}

Result<NativeCommand> parse_native(std::string_view text, bool check) {
  if (text.size() > kMaxCommandBytes)
    return fail(ErrorCode::limit_exceeded, "the command is longer than 1048576 bytes");
  if (!is_valid_utf8(text)) return fail(ErrorCode::invalid_argument, "the command is not valid UTF-8");
  if (text.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the command contains a NUL byte");
  std::string_view json = trimmed(text);
  if (json.ends_with(';')) json = trimmed(json.substr(0, json.size() - 1));
  if (!is_json(json))
    return fail(
        ErrorCode::syntax_error, "the command is not one JSON object",
        R"(as in {"find": "customers", "filter": {"age": {"$gte": 18}}}; names are in double quotes)");
  bson_error_t error;
  NativeCommand command;
  command.document = BsonPtr(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                                static_cast<ssize_t>(json.size()), &error));
  if (!command.document) {
    Error failure = fail(ErrorCode::syntax_error, "the command is not extended JSON").error();
    failure.server_message = error.message;
    return std::unexpected(std::move(failure));
  }
  if (check) {
    if (auto allowed = check_command(*command.document); !allowed) return pass_error(allowed);
  }
  bson_iter_t first;
  const bool has_name = bson_iter_init(&first, command.document.get()) && bson_iter_next(&first);
  if (has_name && BSON_ITER_HOLDS_UTF8(&first)) command.collection = text_of(first);
  if (auto found = find_parameters(*command.document, command); !found) return pass_error(found);
  return command;
}

Result<BsonPtr> bind(const NativeCommand& command, const Params& params) {
  if (auto fits = check_parameters(command, params); !fits) return pass_error(fits);
  BsonPtr bound = new_document();
  if (auto copied = Binder(params).copy(*command.document, *bound, true); !copied) return pass_error(copied);
  return bound;
}

BsonPtr sample_of(const bson_t& command) {
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &command) || !bson_iter_next(&iter) || key_of(iter) != "find") return nullptr;
  BsonPtr sample = new_document();
  append_text(*sample, "find", text_of(iter));
  if (bson_iter_init_find(&iter, &command, "projection"))
    bson_append_iter(sample.get(), "projection", -1, &iter);
  append_int(*sample, "limit", kSampleDocuments);
  return sample;
}

std::vector<std::string> filter_fields(const bson_t& command) {
  std::vector<std::string> fields;
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, &command, "filter") || !BSON_ITER_HOLDS_DOCUMENT(&iter)) return fields;
  bson_iter_t field;
  if (!bson_iter_recurse(&iter, &field)) return fields;
  while (bson_iter_next(&field)) {
    const std::string_view key = key_of(field);
    if (!key.starts_with('$')) fields.emplace_back(key);
  }
  return fields;
}

}  // namespace penstock::mongodb
