#include "config/datasource_keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace penstock::config {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * (60 * kMinute);
constexpr std::int64_t kMostRows = 1'000'000'000'000;
constexpr std::int64_t kMostBytes = 1LL << 40;
// A column's offsets are 32 bits wide.
constexpr std::int64_t kMostValueBytes = (1LL << 31) - 1;

template <auto Field>
void assign_pool(DataSourceConfig& config, const SettingValue& value) {
  auto& field = config.pool.*Field;
  field = std::get<std::remove_reference_t<decltype(field)>>(value);
}

template <auto Field>
void assign_limit(DataSourceConfig& config, const SettingValue& value) {
  config.limits.*Field = std::get<std::int64_t>(value);
}

SettingSpec number(std::string name, SettingKind kind, std::int64_t min, std::int64_t max,
                   std::string default_text, std::string description) {
  return {.name = std::move(name),
          .kind = kind,
          .description = std::move(description),
          .default_text = std::move(default_text),
          .min = min,
          .max = max};
}

}  // namespace

std::span<const DatasourceKey> plain_keys() {
  static const std::array keys{
      DatasourceKey{{.name = "description", .description = "what the datasource is, for people and agents"},
                    [](DataSourceConfig& config, const SettingValue& value) {
                      config.description = std::get<std::string>(value);
                    }},
      DatasourceKey{{.name = "enabled",
                     .kind = SettingKind::boolean,
                     .description = "false: listed, but never connected to",
                     .default_text = "true"},
                    [](DataSourceConfig& config, const SettingValue& value) {
                      config.enabled = std::get<bool>(value);
                    }},
      DatasourceKey{{.name = "access",
                     .kind = SettingKind::choice,
                     .description = "what statements may do",
                     .default_text = "read_only",
                     .choices = {"read_only", "read_write"}},
                    [](DataSourceConfig& config, const SettingValue& value) {
                      const bool is_writer = std::get<std::string>(value) == "read_write";
                      config.access = is_writer ? Access::read_write : Access::read_only;
                    }},
  };
  return keys;
}

std::span<const DatasourceKey> session_keys() {
  using enum SettingKind;
  static const std::array keys{
      DatasourceKey{number("min_pool_size", integer, 0, 1'000, "0", "connections kept open to each node"),
                    assign_pool<&PoolOptions::min_pool_size>},
      DatasourceKey{number("max_pool_size", integer, 1, 1'000, "10", "connections at most to each node"),
                    assign_pool<&PoolOptions::max_pool_size>},
      DatasourceKey{
          number("connect_timeout", duration, 1, 10 * kMinute, "10s", "for one connection to be made"),
          assign_pool<&PoolOptions::connect_timeout>},
      DatasourceKey{
          number("acquire_timeout", duration, 1, 10 * kMinute, "5s", "for a query to be given a connection"),
          assign_pool<&PoolOptions::acquire_timeout>},
      DatasourceKey{
          number("max_waiting", integer, 0, 100'000, "200", "queries that may wait for a connection"),
          assign_pool<&PoolOptions::max_waiting>},
      DatasourceKey{number("idle_timeout", duration, 0, 7 * kDay, "10m",
                           "an idle connection beyond `min_pool_size` is closed after it; 0: never"),
                    assign_pool<&PoolOptions::idle_timeout>},
      DatasourceKey{number("max_lifetime", duration, 0, 30 * kDay, "30m",
                           "a connection is replaced after it, less up to 10 %; 0: never"),
                    assign_pool<&PoolOptions::max_lifetime>},
      DatasourceKey{number("keepalive", duration, 0, kDay, "2m",
                           "an idle connection is asked for a sign of life after it; 0: never"),
                    assign_pool<&PoolOptions::keepalive>},
      DatasourceKey{
          number("connecting_limit", integer, 1, 100, "2", "connections being made at the same time"),
          assign_pool<&PoolOptions::connecting_limit>},
      DatasourceKey{
          number("statement_timeout", duration, 0, kDay, "30s", "for one statement to run; 0: no limit"),
          [](DataSourceConfig& config, const SettingValue& value) {
            config.statement_timeout = std::get<milliseconds>(value);
          }},
  };
  return keys;
}

std::span<const DatasourceKey> limit_keys() {
  using enum SettingKind;
  static const std::array keys{
      DatasourceKey{number("max_rows", integer, 1, kMostRows, "", "rows of one result; more are cut off"),
                    assign_limit<&Limits::max_rows>},
      DatasourceKey{number("max_bytes", size, 1, kMostBytes, "", "bytes of one result; more are cut off"),
                    assign_limit<&Limits::max_bytes>},
      DatasourceKey{number("max_value_bytes", size, 1, kMostValueBytes, "64MiB",
                           "bytes of one value; a larger one ends the query"),
                    assign_limit<&Limits::max_value_bytes>},
  };
  return keys;
}

const DatasourceKey* find_key(std::span<const DatasourceKey> keys, std::string_view name) {
  const auto found =
      std::ranges::find_if(keys, [&](const DatasourceKey& key) { return key.spec.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace penstock::config
