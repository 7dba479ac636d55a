// A configuration folder for one test, and the types that its datasources may have.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"

namespace penstock::config {

/// A folder that is empty at first and gone at the end.
class ConfigFolder {
 public:
  ConfigFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
  }
  ConfigFolder(const ConfigFolder&) = delete;
  ConfigFolder& operator=(const ConfigFolder&) = delete;
  ~ConfigFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  const ConfigFolder& write(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this;
  }

 private:
  std::filesystem::path path_;
};

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

/// Loads with the process environment replaced by `variables`.
inline std::expected<Configuration, std::vector<Problem>> load(const ConfigFolder& folder,
                                                               const Environment& variables = {}) {
  return load_configuration(folder.path(), test_types(), variables);
}

/// The mistakes of a folder as "FILE:LINE:COLUMN: message" with the folder left out; empty when it loads.
inline std::vector<std::string> mistakes(const ConfigFolder& folder, const Environment& variables = {}) {
  const auto loaded = load(folder, variables);
  std::vector<std::string> lines;
  if (loaded) return lines;
  for (const Problem& problem : loaded.error()) {
    std::string line = problem.to_string();
    const std::string prefix = folder.path().string() + "/";
    if (line.starts_with(prefix)) line.erase(0, prefix.size());
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace penstock::config
