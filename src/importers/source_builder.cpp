#include "importers/source_builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "config/keys.hpp"
#include "config/scalar.hpp"
#include "core/ascii_case.hpp"

namespace penstock::importers {

namespace {

// Keys of `connection` that every type has.
constexpr std::array<std::string_view, 6> kPoolKeys{"min_pool_size", "max_pool_size", "connect_timeout",
                                                    "idle_timeout",  "max_lifetime",  "acquire_timeout"};

const SettingSpec* find_setting(const TypeSpec& spec, std::string_view key) noexcept {
  const auto found = std::ranges::find(spec.connection, key, &SettingSpec::name);
  return found == spec.connection.end() ? nullptr : &*found;
}

std::string home_expanded(std::string_view path) {
  const char* const home = std::getenv("HOME");
  if (!path.starts_with("~/") || home == nullptr) return std::string(path);
  return std::string(home) + std::string(path.substr(1));
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  if (const auto milliseconds = config::parse_duration(text)) return std::chrono::milliseconds(*milliseconds);
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr double kMost = 1e9;
  if (error != std::errc() || (!unit.empty() && unit != "s") || !(seconds >= 0 && seconds <= kMost))
    return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

const TypeSpec* find_type(std::span<const TypeSpec> types, std::string_view name) noexcept {
  const auto found = std::ranges::find_if(types, [&](const TypeSpec& spec) {
    const auto is_it = [&](const std::string& one) { return equal_ignoring_case(one, name); };
    return is_it(spec.name) || std::ranges::any_of(spec.aliases, is_it);
  });
  return found == types.end() ? nullptr : &*found;
}

SourceBuilder::SourceBuilder(Plan& plan, std::string_view name, config::Place place, const TypeSpec& spec)
    : plan_(plan) {
  source_.name = name;
  source_.place = place;
  source_.type = &spec;
  source_.databases.push_back({source_.name, source_.name});
}

std::string SourceBuilder::called(std::string_view key) const {
  return fmt::format("{} of source {}", config::in_backticks(key), config::in_backticks(source_.name));
}

bool SourceBuilder::takes(std::string_view key) const noexcept {
  return std::ranges::find(kPoolKeys, key) != kPoolKeys.end() || find_setting(spec(), key) != nullptr;
}

void SourceBuilder::lose(config::Place place, std::string_view key, std::string_view why,
                         std::string_view instead) {
  plan_.lose(place, called(key), std::string(why), std::string(instead));
}

void SourceBuilder::set(std::string_view key, std::string_view value, config::Place place,
                        std::string_view as) {
  if (value.empty()) return;
  if (as.empty()) as = key;
  if (!takes(key)) {
    return lose(place, as, fmt::format("datasources of the type `{}` have nothing like it", spec().name));
  }
  if (std::ranges::find(source_.connection, key, &Keys::value_type::first) != source_.connection.end())
    return;
  const SettingSpec* const setting = find_setting(spec(), key);
  const bool is_secret = setting != nullptr && setting->kind == SettingKind::secret;
  if (!is_secret) {
    source_.connection.emplace_back(key, plan_.carry(value));
  } else if (value.find('\0') != std::string_view::npos) {
    lose(place, as, "it holds a NUL byte");
  } else if (auto carried = plan_.carry_secret(source_.name, key, value)) {
    source_.connection.emplace_back(key, *std::move(carried));
  } else {
    lose(place, as, "it mixes a variable with text in the clear, and neither file may hold that text",
         fmt::format("put the whole of it into one variable, and write `{}: \"${{THAT_VARIABLE}}\"`", key));
  }
}

void SourceBuilder::set_path(std::string_view key, std::string_view value, config::Place place) {
  const bool is_plain = value.find("${") == std::string_view::npos;
  const std::filesystem::path path = home_expanded(value);
  if (!is_plain || path.is_absolute()) return set(key, path.string(), place);
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::absolute(plan_.file, ignored).parent_path() / path;
  const std::string text = whole.lexically_normal().string();
  plan_.change(place, called(key),
               fmt::format("a relative path, taken from the folder of the file: {}", text));
  set(key, text, place);
}

void SourceBuilder::set_statement_timeout(std::string_view seconds, config::Place place,
                                          std::string_view as) {
  const auto timeout = parse_seconds(seconds);
  if (timeout && timeout->count() > 0) {
    source_.statement_timeout = timeout;
  } else {
    lose(place, as, "it is no duration that can be read",
         fmt::format("set `statement_timeout` of the datasource `{}`", source_.name));
  }
}

void SourceBuilder::let_write(config::Place place) {
  source_.access = Access::read_write;
  plan_.change(place, called("readonly"), "agents may write there, as `readonly = false` says",
               "remove `access: read_write` of the datasource if they should not");
}

void SourceBuilder::disable(std::string_view reason, config::Place place, std::string_view key,
                            std::string_view instead) {
  source_.enabled = false;
  lose(place, key, reason, fmt::format("{}; then set `enabled: true`", instead));
}

void SourceBuilder::finish() {
  const std::string what = fmt::format("source {}", config::in_backticks(source_.name));
  if (!config::is_valid_name(source_.name)) {
    return plan_.lose(source_.place, what, fmt::format("its name {}", config::kNameRule),
                      "give it another name there, and import again");
  }
  const auto same = std::ranges::find_if(plan_.sources, [&](const PlannedSource& other) {
    return equal_ignoring_case(other.name, source_.name);
  });
  if (same != plan_.sources.end()) {
    return plan_.lose(
        source_.place, what,
        fmt::format("there is one of that name, whatever the case, on line {}", same->place.line));
  }
  plan_.sources.push_back(std::move(source_));
}

}  // namespace penstock::importers
