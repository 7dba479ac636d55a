// Typed configuration of one datasource, as its driver receives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

/// A text that must not be shown. Printing it by accident does not compile; reveal() says so on purpose.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

enum class SettingKind : std::uint8_t {
  text,      ///< any string
  secret,    ///< a string that is never printed
  boolean,   ///< true or false
  integer,   ///< whole number within [min, max]
  duration,  ///< "500ms", "10s", "30m", "2h", "1d"; a bare number is seconds; [min, max] in milliseconds
  size,      ///< "64MiB", "10MB", "512"; a bare number is bytes; [min, max] in bytes
  path,      ///< a file or folder; relative to the configuration's folder
  choice,    ///< one of `choices`
};

/// One key that a datasource's `connection:` may have. The documentation and "did you mean" come from it.
struct SettingSpec {
  std::string name;
  SettingKind kind = SettingKind::text;
  std::string description;
  std::string default_text;  ///< read like a configured value; empty: not set unless configured
  bool required = false;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices;
};

/// What marks the place of a parameter in a statement.
enum class ParameterMarks : std::uint8_t {
  any,              ///< `?`, `$1`, or a name behind `:`, `@` or `$`
  numbered_dollar,  ///< `$1` alone; `?`, `:` and `@` mean something else
};

struct DataSourceConfig;

/// A mistake that a type finds in a configuration whose keys are all in order by themselves.
struct SettingProblem {
  /// Where it is, from the datasource on: {"connection", "create"}; of an entry of `databases:` by the
  /// logical name, {"databases", "customer_db", "file"}. What the file does not have is left out from the
  /// end.
  std::vector<std::string> key;
  std::string message;  ///< what is wrong and what to do; without the place, and without any secret
};

/// What the configuration needs to know of a datasource type: its names and the keys it takes.
struct TypeSpec {
  std::string name;                     ///< in `type:`
  std::vector<std::string> aliases;     ///< other names accepted there, in any case, as `name` is
  std::string physical_key;             ///< the key of a `databases:` entry that names the physical database
  std::vector<SettingSpec> connection;  ///< beyond the pool's keys, which every type has
  ParameterMarks marks = ParameterMarks::any;
  bool takes_masks = false;  ///< datasources of the type may have `mask`
  bool takes_roles = false;  ///< datasources of the type may have `roles` and `settings`
  /// What no single key shows, such as two that exclude each other; empty: nothing. Pure. It may be given a
  /// configuration of which something could not be read, and is quiet about what is missing.
  std::function<std::vector<SettingProblem>(const DataSourceConfig&)> check;
};

using SettingValue =
    std::variant<std::string, Secret, bool, std::int64_t, std::chrono::milliseconds, std::filesystem::path>;

/// The settings of one `connection:`, checked against its specification and with the defaults filled in.
/// Asking for a key that is not set, or by another kind than its specification's, returns nothing.
class Settings {
 public:
  void set(std::string name, SettingValue value) {
    values_.insert_or_assign(std::move(name), std::move(value));
  }
  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  template <typename T>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    const T* value = std::get_if<T>(&found->second);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  template <typename T>
  [[nodiscard]] T get_or(std::string_view name, T fallback) const {
    auto value = get<T>(name);
    return value ? std::move(*value) : std::move(fallback);
  }
  friend bool operator==(const Settings&, const Settings&) = default;

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
};

enum class Access : std::uint8_t { read_only, read_write };
[[nodiscard]] std::string_view to_string(Access access) noexcept;

struct PoolOptions {
  std::int64_t min_pool_size = 0;
  std::int64_t max_pool_size = 10;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds acquire_timeout{5'000};
  std::int64_t max_waiting = 200;
  std::chrono::milliseconds idle_timeout{600'000};    ///< zero: never
  std::chrono::milliseconds max_lifetime{1'800'000};  ///< zero: never; each connection's is up to 10 % less
  std::chrono::milliseconds keepalive{120'000};       ///< zero: none
  std::int64_t connecting_limit = 2;
  friend bool operator==(const PoolOptions&, const PoolOptions&) = default;
};

/// What a query may return at most, unless it asks for less. Nothing set: no limit.
struct Limits {
  std::optional<std::int64_t> max_rows;
  std::optional<std::int64_t> max_bytes;
  std::int64_t max_value_bytes = 64LL << 20;  ///< one value larger ends the query with `limit_exceeded`
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// One entry of a datasource's `databases:`.
struct LogicalDatabase {
  std::string name;  ///< what agents say
  std::string
      physical;  ///< what the engine calls it (schema, file, database); the same as `name` unless configured
  friend bool operator==(const LogicalDatabase&, const LogicalDatabase&) = default;
};

/// One entry of a datasource's `roles:`.
struct MappedRole {
  std::string name;         ///< what queries and principals say
  std::string role;         ///< what the engine calls it
  bool privileged = false;  ///< may be one that grants or row-level security do not hold
  friend bool operator==(const MappedRole&, const MappedRole&) = default;
};

/// What is shown in the place of a column's values.
enum class MaskRule : std::uint8_t {
  null,      ///< nothing, of the column's type
  hash,      ///< HMAC-SHA-256 of the value as text, in hexadecimal: equal where values are; NULL stays
  partial,   ///< its first and last characters; all of it is hidden where it has no more; NULL stays
  constant,  ///< always the same value, of the column's type
};
[[nodiscard]] std::string_view to_string(MaskRule rule) noexcept;

struct ColumnMask {
  std::string column;
  MaskRule rule = MaskRule::null;
  std::int64_t first = 0;  ///< when partial: characters that are shown
  std::int64_t last = 0;
  std::string constant;  ///< as text
  friend bool operator==(const ColumnMask&, const ColumnMask&) = default;
};

/// One table of a datasource's `mask:`.
struct TableMask {
  std::string database;  ///< logical
  std::string table;     ///< or view
  std::vector<ColumnMask>
      columns;  ///< none: it may be read as it is, though it shows what is masked elsewhere
  friend bool operator==(const TableMask&, const TableMask&) = default;
};

/// One entry of `datasources:`, complete and checked.
struct DataSourceConfig {
  std::string name;
  std::string type;
  std::string description;
  bool enabled = true;
  Access access = Access::read_only;
  Settings connection;
  std::vector<LogicalDatabase> databases;
  /// The roles that queries may run under; empty: all run as who connects. `default` is the name of the one
  /// for queries that name none.
  std::vector<MappedRole> roles;
  std::vector<std::string> query_settings;  ///< `settings`: what a query may set for its transaction
  std::vector<TableMask> masks;
  Secret mask_secret;  ///< what values are hashed with
  PoolOptions pool;
  Limits limits;
  std::chrono::milliseconds statement_timeout{30'000};  ///< zero: none
  friend bool operator==(const DataSourceConfig&, const DataSourceConfig&) = default;
};

}  // namespace penstock
