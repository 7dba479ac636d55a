#include "config/configuration.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "config/dotenv.hpp"
#include "config/file.hpp"
#include "config/problems.hpp"
#include "config/sources.hpp"

namespace penstock::config {

namespace {

namespace fs = std::filesystem;

Environment process_environment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view assignment = *entry;
    const std::size_t equals = assignment.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return variables;
}

// The text of a file of the configuration; a missing one is a mistake only when it is `required`.
std::optional<std::string> read_source(const fs::path& file, bool required, std::vector<Problem>& problems) {
  auto text = read_file(file, kMaxFileBytes);
  if (text) return *std::move(text);
  const FileError& error = text.error();
  const bool is_missing = error.fault == FileFault::missing;
  if (is_missing && !required) return std::nullopt;
  FileProblems found(file);
  found.add(error.message + (is_missing ? "; `penstock init` writes one to start from" : ""));
  std::move(found).append_to(problems);
  return std::nullopt;
}

// Adds the variables of a .env that are not set already.
void add_dotenv(const fs::path& file, Sources& sources, std::vector<Problem>& problems) {
  const auto text = read_source(file, false, problems);
  if (!text) return;
  FileProblems found(file);
  if (check_dotenv_encoding(*text, found)) {
    Dotenv read = parse_dotenv(without_bom(*text), found);
    sources.variables.merge(std::move(read.values));
    sources.unreadable.merge(std::move(read.unreadable));
  }
  std::move(found).append_to(problems);
}

std::optional<Problem> check_directory(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::directory) return std::nullopt;
  const bool is_missing = status.type() == fs::file_type::not_found;
  if (is_missing)
    return Problem{{directory}, "there is no such folder; `penstock init` writes one to start from"};
  if (error) return Problem{{directory}, fmt::format("cannot be read: {}", error.message())};
  return Problem{{directory}, "is not a folder; name the folder that holds datasources.yaml"};
}

Sources read_variables(const fs::path& directory, const std::optional<Environment>& environment,
                       std::vector<Problem>& problems) {
  Sources sources;
  sources.directory = directory;
  sources.variables = environment ? *environment : process_environment();
  const fs::path dotenv = directory / ".env";
  add_dotenv(dotenv, sources, problems);
  std::error_code error;
  if (!environment && !fs::equivalent(dotenv, ".env", error)) add_dotenv(".env", sources, problems);
  return sources;
}

void read_identity_sources(Sources& sources, std::vector<Problem>& problems) {
  sources.principals = read_source(sources.directory / "principals.yaml", false, problems);
  sources.keys = read_source(sources.directory / "keys.yaml", false, problems);
}

// The variables, and the two files that every program reads.
Sources read_sources(const fs::path& directory, const std::optional<Environment>& environment,
                     std::vector<Problem>& problems) {
  Sources sources = read_variables(directory, environment, problems);
  sources.datasources = read_source(directory / "datasources.yaml", true, problems);
  sources.summary = read_source(directory / "summary.yaml", false, problems);
  return sources;
}

}  // namespace

std::expected<Configuration, std::vector<Problem>> load_configuration(
    const std::filesystem::path& directory, std::span<const TypeSpec> types,
    const std::optional<Environment>& environment) {
  if (auto problem = check_directory(directory)) return std::unexpected(std::vector{*std::move(problem)});
  std::vector<Problem> problems;
  const Sources sources = read_sources(directory, environment, problems);
  Configuration configuration = parse_configuration(sources, types, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return configuration;
}

std::expected<ServingConfiguration, std::vector<Problem>> load_serving_configuration(
    const std::filesystem::path& directory, std::span<const TypeSpec> types,
    const std::optional<Environment>& environment) {
  if (auto problem = check_directory(directory)) return std::unexpected(std::vector{*std::move(problem)});
  std::vector<Problem> problems;
  Sources sources = read_sources(directory, environment, problems);
  sources.server = read_source(directory / "server.yaml", false, problems);
  sources.tools = read_source(directory / "tools.yaml", false, problems);
  read_identity_sources(sources, problems);
  ServingConfiguration configuration = parse_serving_configuration(sources, types, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return configuration;
}

std::expected<IdentityConfig, std::vector<Problem>> load_identities(const std::filesystem::path& directory) {
  if (auto problem = check_directory(directory)) return std::unexpected(std::vector{*std::move(problem)});
  std::vector<Problem> problems;
  Sources sources = read_variables(directory, std::nullopt, problems);
  read_identity_sources(sources, problems);
  IdentityConfig identities = parse_identities(sources, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return identities;
}

}  // namespace penstock::config
