#include "integration/postgresql_site.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "servers/scratch.hpp"

namespace penstock::test {

namespace {

std::string yaml_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out.append(c == '\'' || c == '$' ? 2 : 1, c);
  return out + "'";
}

}  // namespace

PostgresqlSite::PostgresqlSite(PostgresqlCluster::Options options) : cluster_(std::move(options)) {
  cluster_.run(
      "CREATE SCHEMA customer_db; CREATE SCHEMA accounts_db; "
      "CREATE TABLE customer_db.people (id int PRIMARY KEY, name text NOT NULL); "
      "INSERT INTO customer_db.people VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger')");
}

std::vector<std::pair<std::string, std::string>> PostgresqlSite::connection() const {
  return {{"host", "127.0.0.1"},
          {"port", std::to_string(cluster_.port())},
          {"database", "postgres"},
          {"user", "postgres"}};
}

void PostgresqlSite::write_configuration(const std::filesystem::path& folder,
                                         const PostgresqlKeys& keys) const {
  auto connection = this->connection();
  for (const auto& [key, value] : keys.connection) {
    std::erase_if(connection, [&](const auto& line) { return line.first == key; });
    if (!value.empty()) connection.emplace_back(key, value);
  }
  std::string yaml =
      "datasources:\n  bank:\n    type: postgresql\n    databases: [customer_db, accounts_db]\n";
  for (const auto& [key, value] : keys.datasource)
    yaml.append("    ").append(key).append(": ").append(value).append("\n");
  yaml += "    connection:\n";
  for (const auto& [key, value] : connection)
    yaml.append("      ").append(key).append(": ").append(yaml_text(value)).append("\n");
  std::ofstream(folder / "datasources.yaml") << yaml;
}

std::unique_ptr<DataSourceManager> PostgresqlSite::manager(const PostgresqlKeys& keys) const {
  const ScratchFolder folder("penstock-site-");
  write_configuration(folder.path(), keys);
  ManagerOptions options;
  options.environment.emplace();
  auto manager = DataSourceManager::load(folder.path(), std::move(options));
  if (!manager) throw std::runtime_error(manager.error().message);
  return std::move(*manager);
}

void PostgresqlTest::SetUp() {
  PENSTOCK_NEEDS_POSTGRESQL();
  site_ = std::make_unique<PostgresqlSite>(cluster_options_);
  manager_ = site_->manager(keys_);
}

std::string as_text(const QueryResult& result) {
  if (!result.success) {
    return std::string(to_string(*result.code)) + " " + result.sqlstate + ": " + result.error;
  }
  std::string out;
  for (const Row row : result.data) {
    if (!out.empty()) out += "\n";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += (i == 0 ? "" : "|") + row[i].to_text();
  }
  return out;
}

std::string PostgresqlTest::answer(std::string_view sql, const Params& params) {
  return as_text(query(sql, params));
}

std::uint64_t PostgresqlTest::connects() {
  return manager().datasources().front().pools.front().second.connects;
}

std::vector<std::string> PostgresqlTest::backends() const {
  std::vector<std::string> out;
  for (const auto& row :
       site_->cluster().run("SELECT pid FROM pg_stat_activity WHERE application_name = 'penstock'")) {
    out.push_back(row[0].value_or(""));
  }
  return out;
}

}  // namespace penstock::test
