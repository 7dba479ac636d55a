// Imports a text and looks at what came of it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "importers/import.hpp"
#include "importers/secrets.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::importers {

/// "LINE what: why; instead", of one kind.
inline std::vector<std::string> findings_of(const Imported& imported, Finding::Kind kind) {
  std::vector<std::string> lines;
  for (const Finding& finding : imported.findings) {
    if (finding.kind != kind) continue;
    lines.push_back(std::to_string(finding.where.line) + " " + finding.what + ": " + finding.why);
    if (!finding.instead.empty()) lines.back() += "; " + finding.instead;
  }
  return lines;
}

/// Writes what was imported, as the command does, and reads it as the server does.
class ImportTest : public ::testing::Test {
 protected:
  void take(Outcome outcome) {
    std::string problems;
    if (!outcome) {
      for (const config::Problem& problem : outcome.error())
        problems += problem.to_string() + "\n";
    }
    ASSERT_TRUE(outcome) << problems;
    imported_ = *std::move(outcome);
    std::string dotenv;
    for (const auto& [name, value] : imported_.secrets)
      dotenv += dotenv_line(name, value);
    for (const NewFile& file : imported_.files)
      folder_.write(file.name, file.text);
    folder_.write(".env", dotenv);
  }
  void toolbox(std::string_view text) {
    take(import_toolbox(text, "there/tools.yaml", DataSourceRegistry::with_builtin_types()));
  }
  void dbhub(std::string_view text) {
    take(import_dbhub(text, "there/dbhub.toml", DataSourceRegistry::with_builtin_types()));
  }

  /// With these variables set; fails the test when our own reader refuses a file.
  config::ServingConfiguration load(const config::Environment& variables = {}) {
    std::vector<TypeSpec> types;
    const DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
    for (const DataSourceType& type : registry.types())
      types.push_back(type.spec);
    auto loaded = config::load_serving_configuration(folder_.path(), types, variables);
    EXPECT_THAT(config::mistakes_of(folder_, loaded), ::testing::IsEmpty());
    return loaded ? *std::move(loaded) : config::ServingConfiguration{};
  }
  [[nodiscard]] std::string text_of(std::string_view name) const {
    const auto found = std::ranges::find(imported_.files, name, &NewFile::name);
    return found == imported_.files.end() ? std::string() : found->text;
  }
  [[nodiscard]] std::vector<std::string> lost() const { return findings_of(imported_, Finding::Kind::lost); }
  [[nodiscard]] std::vector<std::string> replaced() const {
    return findings_of(imported_, Finding::Kind::replaced);
  }
  [[nodiscard]] std::vector<std::string> changed() const {
    return findings_of(imported_, Finding::Kind::changed);
  }

  config::ConfigFolder folder_;
  Imported imported_;
};

}  // namespace penstock::importers
