#include "conformance/site.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/configuration.hpp"

namespace penstock::conformance {

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string yaml_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '$') out += '$';  // a dollar in a configuration is written twice
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

void append_lines(std::string& yaml, std::string_view indent, const Lines& lines) {
  for (const auto& [key, value] : lines) {
    yaml.append(indent).append(key).append(": ").append(value).append("\n");
  }
}

std::string datasource_yaml(const Engine& engine, std::string_view name, Lines keys, Lines connection,
                            const SiteOptions& options) {
  std::string yaml = "  " + std::string(name) + ":\n    type: " + engine.type + "\n";
  if (options.access == Access::read_write) keys.emplace_back("access", "read_write");
  append_lines(yaml, "    ", options.datasource);
  append_lines(yaml, "    ", keys);
  yaml += "    connection:\n";
  std::erase_if(connection, [&](const auto& line) {
    return std::ranges::count(options.connection, line.first, &Lines::value_type::first) > 0;
  });
  for (auto& line : connection)
    line.second = yaml_text(line.second);
  append_lines(yaml, "      ", connection);
  append_lines(yaml, "      ", options.connection);
  return yaml;
}

}  // namespace

Site::Site(const Engine& engine)
    : engine_(&engine),
      here_(engine.deploy({"customer_db", "accounts_db", "payroll_db"})),
      there_(engine.deploy({"loans_db"})) {
  configure({});
}

void Site::configure(const SiteOptions& options) {
  std::string yaml = "datasources:\n";
  yaml += datasource_yaml(*engine_, "here", {{"databases", options.databases}}, here_->connection(), options);
  yaml += datasource_yaml(*engine_, "there", {{"databases", "[loans_db]"}}, there_->connection(), options);
  yaml += datasource_yaml(*engine_, "switched_off", {{"databases", "[insurance_db]"}, {"enabled", "false"}},
                          there_->connection(), options);
  test::write_file(folder() / "datasources.yaml", yaml);
}

DataSourceRegistry Site::registry() const {
  DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  if (engine_->add_type) engine_->add_type(registry);
  return registry;
}

std::unique_ptr<DataSourceManager> Site::another_manager() const {
  auto manager = DataSourceManager::load(folder(), {.registry = registry(), .environment = {}});
  if (!manager) throw std::runtime_error(manager.error().message);
  return std::move(*manager);
}

DataSourceManager& Site::manager() {
  std::call_once(loaded_, [this] { manager_ = another_manager(); });
  return *manager_;
}

std::unique_ptr<DataSource> Site::driver() const {
  const DataSourceRegistry types = registry();
  std::vector<TypeSpec> specs;
  std::ranges::transform(types.types(), std::back_inserter(specs), &DataSourceType::spec);
  const auto configuration = config::load_configuration(folder(), specs);
  if (!configuration) throw std::runtime_error(configuration.error().front().to_string());
  const auto& datasources = configuration->datasources;
  const auto here = std::ranges::find(datasources, "here", &DataSourceConfig::name);
  auto driver = types.find(engine_->type)->create(*here);
  if (!driver) throw std::runtime_error(driver.error().message);
  return std::move(*driver);
}

}  // namespace penstock::conformance
