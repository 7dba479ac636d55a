// The datasource types that tests of the configuration know.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::config {

inline SettingSpec setting_spec(std::string name, SettingKind kind, std::string default_text = {}) {
  SettingSpec spec;
  spec.name = std::move(name);
  spec.kind = kind;
  spec.default_text = std::move(default_text);
  return spec;
}

/// A PostgreSQL as the mission's example needs it, and a SQLite.
inline std::vector<TypeSpec> test_types() {
  TypeSpec postgresql;
  postgresql.name = "postgresql";
  postgresql.aliases = {"postgres", "PG"};
  postgresql.physical_key = "schema";
  postgresql.marks = ParameterMarks::numbered_dollar;
  postgresql.takes_masks = true;
  postgresql.takes_roles = true;
  postgresql.connection = {setting_spec("host", SettingKind::text, "localhost"),
                           setting_spec("port", SettingKind::integer, "5432"),
                           setting_spec("database", SettingKind::text),
                           setting_spec("user", SettingKind::text),
                           setting_spec("password", SettingKind::secret),
                           setting_spec("sslmode", SettingKind::choice, "prefer"),
                           setting_spec("sslrootcert", SettingKind::path),
                           setting_spec("compression", SettingKind::boolean),
                           setting_spec("fetch_buffer", SettingKind::size, "64KiB"),
                           setting_spec("tcp_user_timeout", SettingKind::duration)};
  postgresql.connection[1].min = 1;
  postgresql.connection[1].max = 65535;
  postgresql.connection[5].choices = {"disable", "prefer", "require", "verify-full"};

  TypeSpec sqlite;
  sqlite.name = "sqlite";
  sqlite.physical_key = "file";
  sqlite.connection = {setting_spec("path", SettingKind::path)};
  sqlite.connection[0].required = true;
  return {postgresql, sqlite};
}

}  // namespace penstock::config
