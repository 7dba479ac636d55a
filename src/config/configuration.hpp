// The files of a configuration folder, read and checked.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/settings.hpp"

#include "config/principals.hpp"
#include "config/server.hpp"
#include "config/tools.hpp"

namespace penstock::config {

/// A place in a file. Line and column count from 1, columns in characters; both 0: the file as a whole.
struct Location {
  std::filesystem::path file;
  int line = 0;
  int column = 0;
  friend bool operator==(const Location&, const Location&) = default;
};

/// One mistake, with what was found and what is meant. Never shows the value of a secret.
struct Problem {
  Location where;
  std::string message;
  /// "config/datasources.yaml:12:7: unknown key `max_pool`; did you mean `max_pool_size`?"
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// An entry of summary.yaml.
struct DatabaseSummary {
  std::string id;
  std::string name;
  std::string description;
  std::vector<std::pair<std::string, std::string>> extra;  ///< other keys, as YAML text, in their order
  friend bool operator==(const DatabaseSummary&, const DatabaseSummary&) = default;
};

struct Configuration {
  std::filesystem::path directory;
  std::vector<DataSourceConfig> datasources;                      ///< in the order of the file
  std::map<std::string, DatabaseSummary, std::less<>> summaries;  ///< by logical database; may lack some
};

/// The variables that `${NAME}` can name. `.env` of the folder comes first, then `.env` of the working
/// directory; the process environment, or what stands in for it, wins over both.
using Environment = std::map<std::string, std::string>;
using VariableNames = std::set<std::string, std::less<>>;

/// Reads datasources.yaml, summary.yaml (optional) and .env (optional) of `directory`. `types` says which
/// types there are and which keys their connections have. All mistakes of all files are returned together, in
/// the order of files and lines.
[[nodiscard]] std::expected<Configuration, std::vector<Problem>> load_configuration(
    const std::filesystem::path& directory, std::span<const TypeSpec> types,
    const std::optional<Environment>& environment = std::nullopt);

/// What a server needs besides.
struct ServingConfiguration {
  Configuration datasources;
  ServerConfig server;            ///< the defaults without a server.yaml
  std::vector<ToolConfig> tools;  ///< in the order of tools.yaml; none without it
  IdentityConfig identities;      ///< not required without a principals.yaml
};

/// The same, and server.yaml, tools.yaml, principals.yaml and keys.yaml, all optional, which programs that
/// only query do not look at.
[[nodiscard]] std::expected<ServingConfiguration, std::vector<Problem>> load_serving_configuration(
    const std::filesystem::path& directory, std::span<const TypeSpec> types,
    const std::optional<Environment>& environment = std::nullopt);

/// principals.yaml and keys.yaml alone, for who has no need of the datasources' secrets.
[[nodiscard]] std::expected<IdentityConfig, std::vector<Problem>> load_identities(
    const std::filesystem::path& directory);

}  // namespace penstock::config
