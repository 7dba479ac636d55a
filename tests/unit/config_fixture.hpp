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
#include "temporary_folder.hpp"
#include "unit/config_types.hpp"

namespace penstock::config {

/// A folder that is empty at first and gone at the end.
class ConfigFolder : public penstock::test::TemporaryFolder {
 public:
  const ConfigFolder& write(std::string_view name, std::string_view text) const {
    penstock::test::write_file(path() / name, text);
    return *this;
  }
};

/// Loads with the process environment replaced by `variables`.
inline std::expected<Configuration, std::vector<Problem>> load(const ConfigFolder& folder,
                                                               const Environment& variables = {}) {
  return load_configuration(folder.path(), test_types(), variables);
}

/// The same of all files that a server reads.
inline std::expected<ServingConfiguration, std::vector<Problem>> load_serving(
    const ConfigFolder& folder, const Environment& variables = {}) {
  return load_serving_configuration(folder.path(), test_types(), variables);
}

/// The mistakes of a folder as "FILE:LINE:COLUMN: message" with the folder left out; empty when it loads.
template <typename Loaded>
std::vector<std::string> mistakes_of(const ConfigFolder& folder, const Loaded& loaded) {
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
inline std::vector<std::string> mistakes(const ConfigFolder& folder, const Environment& variables = {}) {
  return mistakes_of(folder, load(folder, variables));
}
inline std::vector<std::string> serving_mistakes(const ConfigFolder& folder,
                                                 const Environment& variables = {}) {
  return mistakes_of(folder, load_serving(folder, variables));
}

}  // namespace penstock::config
