// A configuration folder for one test.
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
#include "unit/config_types.hpp"

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
