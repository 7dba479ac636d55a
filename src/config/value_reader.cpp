#include "config/value_reader.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "penstock/utf8.hpp"

#include "config/file.hpp"
#include "config/interpolation.hpp"
#include "config/scalar.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxSecretFileBytes = 64 << 10;

// " from 1 to 65535"; empty without bounds.
std::string within(const SettingSpec& spec) {
  const std::string range = describe_range(spec);
  return range.empty() ? std::string() : (range.starts_with("at ") ? " of " : " from ") + range;
}

std::unexpected<std::string> must(std::string what) {
  return std::unexpected("must " + std::move(what));
}

std::expected<SettingValue, std::string> convert_number(const SettingSpec& spec,
                                                        std::optional<std::int64_t> number) {
  if (!number || *number < spec.min || *number > spec.max) return must("be " + describe(spec));
  if (spec.kind == SettingKind::duration) return std::chrono::milliseconds(*number);
  return *number;
}

std::expected<SettingValue, std::string> convert_text(const SettingSpec& spec, std::string_view text) {
  if (!is_valid_utf8(text)) return must("be UTF-8");
  if (spec.kind == SettingKind::choice && std::ranges::find(spec.choices, text) == spec.choices.end()) {
    return must("be " + describe(spec));
  }
  if (spec.required && text.empty()) return must("not be empty");
  return std::string(text);
}

}  // namespace

std::string describe_range(const SettingSpec& spec) {
  using Bounds = std::numeric_limits<std::int64_t>;
  const auto shown = [&](std::int64_t bound) {
    if (spec.kind == SettingKind::duration) return format_duration(bound);
    return spec.kind == SettingKind::size ? format_size(bound) : std::to_string(bound);
  };
  const bool has_max = spec.max != Bounds::max();
  if (spec.min != Bounds::min() && has_max) return fmt::format("{} to {}", shown(spec.min), shown(spec.max));
  if (spec.min != Bounds::min()) return fmt::format("at least {}", shown(spec.min));
  return has_max ? fmt::format("at most {}", shown(spec.max)) : std::string();
}

std::string describe(const SettingSpec& spec) {
  switch (spec.kind) {
    case SettingKind::text:
    case SettingKind::secret:
      return "a text";
    case SettingKind::boolean:
      return "true or false";
    case SettingKind::integer:
      return fmt::format("a whole number{}", within(spec));
    case SettingKind::duration:
      return fmt::format(
          "a duration{}, such as `500ms`, `10s`, `5m`, `2h` or `1d` (a bare number is seconds)",
          within(spec));
    case SettingKind::size:
      return fmt::format("a size{}, such as `512KiB`, `64MiB` or `10MB` (a bare number is bytes)",
                         within(spec));
    case SettingKind::path:
      return "a path";
    case SettingKind::choice:
      return fmt::format("one of {}", listed(spec.choices));
  }
  return {};
}

std::expected<SettingValue, std::string> convert(const SettingSpec& spec, std::string_view text,
                                                 const std::filesystem::path& directory) {
  if (text.contains('\0')) return must("not contain a NUL character");
  switch (spec.kind) {
    case SettingKind::text:
    case SettingKind::choice:
      return convert_text(spec, text);
    case SettingKind::secret:
      return Secret(std::string(text));
    case SettingKind::integer:
      return convert_number(spec, parse_integer(text));
    case SettingKind::duration:
      return convert_number(spec, parse_duration(text));
    case SettingKind::size:
      return convert_number(spec, parse_size(text));
    case SettingKind::boolean: {
      const auto value = parse_boolean(text);
      if (!value) return must("be " + describe(spec));
      return *value;
    }
    case SettingKind::path: {
      if (text.empty()) return must("not be empty");
      return (directory / std::filesystem::path(text)).lexically_normal();
    }
  }
  return must("be of a kind that is known");
}

std::optional<Text> ValueReader::text(const Node& node, std::string_view label, std::string_view expected) {
  if (node.kind == NodeKind::null) {
    problems_.add(node.place,
                  fmt::format("{} has no value: give {}, or remove the line (an empty text is written \"\", "
                              "and a value that begins with `#`, `!` or `&` needs quotes)",
                              in_backticks(label), expected));
    return std::nullopt;
  }
  if (node.kind != NodeKind::scalar) {
    problems_.add(node.place,
                  fmt::format("{} must be {}, found {}", in_backticks(label), expected, describe(node.kind)));
    return std::nullopt;
  }
  Expansion expansion = expand(node.text, variables_);
  for (const std::string& mistake : expansion.mistakes) {
    problems_.add(node.place, fmt::format("{}: {}", in_backticks(label), mistake));
  }
  for (const std::string& name : expansion.unset) {
    if (tolerates_unset_ || unreadable_.contains(name)) continue;
    problems_.add(node.place,
                  fmt::format("{}: the variable `{}` is not set: set it in the environment or in .env, or "
                              "give a default as in `${{{}:default}}`",
                              in_backticks(label), name, name));
  }
  if (!expansion.mistakes.empty() || !expansion.unset.empty()) return std::nullopt;
  return Text{std::move(expansion.text), std::move(expansion.used), node.place};
}

std::optional<Text> ValueReader::clean_text(const Node& node, std::string_view label,
                                            std::string_view expected) {
  auto read = text(node, label, expected);
  if (!read) return std::nullopt;
  const bool has_nul = read->value.contains('\0');
  if (!has_nul && is_valid_utf8(read->value)) return read;
  refuse(*read, label, has_nul ? "must not contain a NUL character" : "must be UTF-8", Showing::forbidden);
  return std::nullopt;
}

std::optional<SettingValue> ValueReader::setting(const Node& node, const SettingSpec& spec) {
  const auto read = text(node, spec.name, describe(spec));
  if (!read) return std::nullopt;
  auto value = convert(spec, read->value, directory_);
  if (value) return *std::move(value);
  const bool is_secret = spec.kind == SettingKind::secret;
  const std::string hint = spec.kind == SettingKind::choice && read->variables.empty()
                               ? did_you_mean(read->value, spec.choices)
                               : std::string();
  refuse(*read, spec.name, value.error(), is_secret ? Showing::forbidden : Showing::allowed, hint);
  return std::nullopt;
}

std::optional<Secret> ValueReader::secret_from_file(const Node& node, std::string_view label) {
  const SettingSpec spec{.name = std::string(label), .kind = SettingKind::path};
  const auto value = setting(node, spec);
  if (!value) return std::nullopt;
  auto content = read_file(std::get<std::filesystem::path>(*value), kMaxSecretFileBytes);
  // The path is not shown: someone may have written the secret itself here.
  const auto complain = [&](std::string_view why) {
    if (!tolerates_unset_) {
      problems_.add(node.place,
                    fmt::format("{}: the file {} (a relative path begins at the configuration's folder)",
                                in_backticks(label), why));
    }
    return std::nullopt;
  };
  if (!content) return complain(content.error().message);
  if (content->ends_with('\n')) {
    content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
  }
  if (content->empty()) return complain("is empty");
  if (content->contains('\0')) return complain("contains a NUL character");
  return Secret(*std::move(content));
}

void ValueReader::refuse(const Text& text, std::string_view label, std::string_view must, Showing showing,
                         std::string_view hint) {
  std::string message = fmt::format("{} {}", in_backticks(label), must);
  if (!text.variables.empty()) {
    message += fmt::format("; its value comes from {}", listed(text.variables));
  } else if (showing == Showing::allowed) {
    message += fmt::format(", found {}", in_backticks(text.value));
  }
  message += hint;
  problems_.add(text.place, std::move(message));
}

}  // namespace penstock::config
