// The configuration of another system as ours.
#pragma once

#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/data_source.hpp"

#include "config/configuration.hpp"
#include "importers/plan.hpp"

namespace penstock::importers {

/// A file that is to be written.
struct NewFile {
  std::string name;
  std::string text;
  bool is_secret = false;  ///< for its owner's eyes alone
};

struct Imported {
  std::vector<NewFile> files;        ///< without .env; datasources.yaml first
  std::vector<Finding> findings;     ///< in the order of the file
  std::vector<std::string> sources;  ///< that were carried over, and tools, by name
  std::vector<std::string> tools;
  std::vector<std::string> variables;                        ///< that must be set, and have no value here
  std::vector<std::pair<std::string, std::string>> secrets;  ///< names and values of variables for .env
};

using Outcome = std::expected<Imported, std::vector<config::Problem>>;

/// Reads a file of MCP Toolbox for Databases, in either form: maps `sources:`, `tools:`, `toolsets:`, or
/// documents with a `kind:` each. `text` is the content of `file`, which messages name and relative paths are
/// taken from. The types of `registry` are what can be carried over. What comes out is a configuration that
/// Penstock reads, whose statements its analysis lets pass; everything else is among the findings. Errors:
/// what makes it no such file; a source of `options` that is not there or cannot be carried over.
[[nodiscard]] Outcome import_toolbox(std::string_view text, const std::filesystem::path& file,
                                     const DataSourceRegistry& registry, const ImportOptions& options = {});

/// The same of DBHub's dbhub.toml.
[[nodiscard]] Outcome import_dbhub(std::string_view text, const std::filesystem::path& file,
                                   const DataSourceRegistry& registry, const ImportOptions& options = {});

/// The same of one connection string, as DBHub takes it on its command line; the source is called `default`.
[[nodiscard]] Outcome import_dsn(std::string_view dsn, const DataSourceRegistry& registry,
                                 const ImportOptions& options = {});

}  // namespace penstock::importers
