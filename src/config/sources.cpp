#include "config/sources.hpp"

#include <system_error>
#include <utility>

#include "config/datasources.hpp"
#include "config/problems.hpp"
#include "config/summary.hpp"
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
  configuration.directory = sources.directory;
  const fs::path base = base_of_paths(sources.directory);
  std::vector<DatasourceReading> readings;
  if (sources.datasources) {
    FileProblems found(sources.directory / "datasources.yaml");
    if (const auto document = read_document(*sources.datasources, found)) {
      ValueReader reader(base, sources.variables, found, sources.unreadable);
      readings = read_datasources(document->root(), types, reader);
    }
    std::move(found).append_to(problems);
  }
  if (sources.summary) {
    FileProblems found(sources.directory / "summary.yaml");
    if (const auto document = read_document(*sources.summary, found)) {
      ValueReader reader(base, sources.variables, found, sources.unreadable);
      configuration.summaries = read_summary(document->root(), readings, reader);
    }
    std::move(found).append_to(problems);
  }
  for (DatasourceReading& reading : readings)
    configuration.datasources.push_back(std::move(reading.config));
  return configuration;
}

}  // namespace penstock::config
