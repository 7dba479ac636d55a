#include "config/sources.hpp"

#include <system_error>
#include <utility>

#include "config/datasources.hpp"
#include "config/principals.hpp"
#include "config/problems.hpp"
#include "config/server.hpp"
#include "config/summary.hpp"
#include "config/tools.hpp"
#include "config/yaml.hpp"

namespace penstock::config {

namespace {

namespace fs = std::filesystem;

// Free of links, so that `..` in a relative path means the folder's parent by name as well as to the system.
fs::path base_of_paths(const fs::path& directory) {
  std::error_code error;
  fs::path base = fs::canonical(directory, error);
  if (error) base = fs::absolute(directory, error);
  return error ? directory : base;
}

bool check_encoding(std::string_view text, FileProblems& problems) {
  const auto bad = find_bad_byte(text);
  if (!bad) return true;
  problems.add(LineIndex(text).place(bad->offset),
               bad->control_character
                   ? "a control character stands here: remove it, or write it as an escape in double quotes"
                   : "the file is not UTF-8: save it in that encoding");
  return false;
}

std::optional<Document> read_document(std::string_view text, FileProblems& problems) {
  if (!check_encoding(text, problems)) return std::nullopt;
  return Document::read(without_bom(text), problems);
}

// Reads one file: its document is handed to `use`, and what is wrong with it is appended to `problems`.
template <typename Use>
void read_one(const std::optional<std::string>& text, std::string_view name, const Sources& sources,
              std::vector<Problem>& problems, Use use) {
  if (!text) return;
  FileProblems found(sources.directory / name);
  if (const auto document = read_document(*text, found)) {
    const fs::path base = base_of_paths(sources.directory);
    ValueReader reader(base, sources.variables, found, sources.unreadable);
    use(document->root(), reader);
  }
  std::move(found).append_to(problems);
}

std::vector<DatasourceReading> read_databases(const Sources& sources, std::span<const TypeSpec> types,
                                              Configuration& configuration, std::vector<Problem>& problems) {
  std::vector<DatasourceReading> readings;
  configuration.directory = sources.directory;
  read_one(sources.datasources, "datasources.yaml", sources, problems,
           [&](const Node& root, ValueReader& reader) { readings = read_datasources(root, types, reader); });
  read_one(sources.summary, "summary.yaml", sources, problems, [&](const Node& root, ValueReader& reader) {
    configuration.summaries = read_summary(root, readings, reader);
  });
  for (const DatasourceReading& reading : readings)
    configuration.datasources.push_back(reading.config);
  return readings;
}

IdentityConfig read_identities(const Sources& sources, std::span<const DatasourceReading> readings,
                               const std::vector<ToolConfig>* tools, std::vector<Problem>& problems) {
  IdentityConfig identities;
  identities.required = sources.principals.has_value();
  const std::size_t before = problems.size();
  read_one(sources.principals, "principals.yaml", sources, problems,
           [&](const Node& root, ValueReader& reader) {
             identities.principals = read_principals(root, readings, tools, reader);
           });
  const bool principals_known = problems.size() == before;
  read_one(sources.keys, "keys.yaml", sources, problems, [&](const Node& root, ValueReader& reader) {
    identities.keys = read_keys(root, principals_known ? &identities.principals : nullptr, reader);
  });
  return identities;
}

}  // namespace

bool check_dotenv_encoding(std::string_view text, FileProblems& problems) {
  const std::size_t nul = text.find('\0');
  if (nul == std::string_view::npos) return true;
  problems.add(LineIndex(text).place(nul),
               "a NUL byte stands here: remove it, or save the file as UTF-8 if it is in UTF-16");
  return false;
}

Configuration parse_configuration(const Sources& sources, std::span<const TypeSpec> types,
                                  std::vector<Problem>& problems) {
  Configuration configuration;
  static_cast<void>(read_databases(sources, types, configuration, problems));
  return configuration;
}

ServingConfiguration parse_serving_configuration(const Sources& sources, std::span<const TypeSpec> types,
                                                 std::vector<Problem>& problems) {
  ServingConfiguration configuration;
  const auto readings = read_databases(sources, types, configuration.datasources, problems);
  // In the order in which they need each other; mistakes are told in the order of files.
  std::vector<Problem> of_others;
  read_one(sources.tools, "tools.yaml", sources, of_others, [&](const Node& root, ValueReader& reader) {
    configuration.tools = read_tools(root, readings, types, reader);
  });
  configuration.identities = read_identities(sources, readings, &configuration.tools, of_others);
  std::vector<std::string> principals;
  // Of a file with mistakes some may be missing, which are then not told twice.
  if (of_others.empty())
    for (const PrincipalConfig& principal : configuration.identities.principals)
      principals.push_back(principal.name);
  read_one(sources.server, "server.yaml", sources, problems, [&](const Node& root, ValueReader& reader) {
    configuration.server = read_server(root, sources.principals.has_value(), principals, reader);
  });
  problems.insert(problems.end(), of_others.begin(), of_others.end());
  return configuration;
}

IdentityConfig parse_identities(const Sources& sources, std::vector<Problem>& problems) {
  return read_identities(sources, {}, nullptr, problems);
}

}  // namespace penstock::config
