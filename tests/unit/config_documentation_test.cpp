// docs/configuration.md has a row for every key, with the default and range that the code has.
#include <fstream>
#include <iterator>

#include "penstock/data_source.hpp"

#include "config/datasource_keys.hpp"
#include "config/value_reader.hpp"
#include "unit/config_fixture.hpp"

namespace penstock::config {
namespace {

std::string documentation(std::string_view page) {
  std::ifstream file(std::filesystem::path(__FILE__).parent_path() / "../../docs" / page);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view kind_name(SettingKind kind) {
  switch (kind) {
    case SettingKind::text:
      return "text";
    case SettingKind::secret:
      return "secret";
    case SettingKind::boolean:
      return "boolean";
    case SettingKind::integer:
      return "integer";
    case SettingKind::duration:
      return "duration";
    case SettingKind::size:
      return "size";
    case SettingKind::path:
      return "path";
    case SettingKind::choice:
      return "choice";
  }
  return {};
}

// The row without its last cell.
std::string row_of(const SettingSpec& spec) {
  std::string fallback = spec.required ? "required" : "none";
  if (!spec.default_text.empty()) fallback = "`" + spec.default_text + "`";
  std::string range = describe_range(spec);
  for (const std::string& choice : spec.choices)
    range += (range.empty() ? "`" : ", `") + choice + "`";
  if (!range.empty()) range += " ";
  return "\n| `" + spec.name + "` | " + std::string(kind_name(spec.kind)) + " | " + fallback + " | " + range +
         "| ";
}

// Without the document itself in the message.
void expect_row(const std::string& row) {
  static const std::string text = documentation("configuration.md");
  EXPECT_TRUE(text.contains(row)) << "docs/configuration.md lacks " << row;
}

TEST(Documentation, HasEveryKeyOfADatasource) {
  for (const auto& keys : {plain_keys(), session_keys(), limit_keys()}) {
    for (const DatasourceKey& key : keys)
      expect_row(row_of(key.spec) + key.spec.description + " |\n");
  }
}

TEST(Documentation, HasEveryKeyOfTheServer) {
  for (const ServerSection& section : server_sections()) {
    for (const ServerKey& key : section.keys)
      expect_row(row_of(key.spec) + key.spec.description + " |\n");
  }
}

TEST(Documentation, HasEveryKeyOfAPrincipal) {
  const std::string text = documentation("identities.md");
  for (const auto keys : {principal_keys(), principal_limit_keys()}) {
    for (const SettingSpec& spec : keys) {
      const std::string row = row_of(spec) + spec.description + " |\n";
      EXPECT_TRUE(text.contains(row)) << "docs/identities.md lacks " << row;
    }
  }
}

TEST(Documentation, HasEveryKeyOfEveryType) {
  const DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  EXPECT_GE(registry.types().size(), 2U);
  for (const DataSourceType& type : registry.types()) {
    SCOPED_TRACE(type.spec.name);
    for (const SettingSpec& spec : type.spec.connection)
      expect_row(row_of(spec));
  }
}

}  // namespace
}  // namespace penstock::config
