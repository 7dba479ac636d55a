// The keys that every datasource has, whatever its type.
#pragma once

#include <span>

#include "penstock/settings.hpp"

namespace penstock::config {

/// A key, what it takes, and where its value goes. `spec.default_text` is the default of that field.
struct DatasourceKey {
  SettingSpec spec;
  void (*assign)(DataSourceConfig& config, const SettingValue& value);
};

/// `description`, `enabled` and `access`.
[[nodiscard]] std::span<const DatasourceKey> plain_keys();

/// The pool's keys and `statement_timeout`: in the datasource itself or in its `connection:`.
[[nodiscard]] std::span<const DatasourceKey> session_keys();

/// Those of `limits:`.
[[nodiscard]] std::span<const DatasourceKey> limit_keys();

/// The key of that name, or null.
[[nodiscard]] const DatasourceKey* find_key(std::span<const DatasourceKey> keys, std::string_view name);

}  // namespace penstock::config
