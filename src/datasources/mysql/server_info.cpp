// What `penstock check` tells of a server: its version, and what the session could do beyond its access.
#include <algorithm>

#include "datasources/mysql/connection.hpp"
#include "datasources/mysql/grants.hpp"

namespace penstock::mysql {

Result<ServerInfo> MysqlConnection::server_info(Deadline deadline) {
  const Run run(*session_, {});
  const Options& options = *shared_->options;
  auto answers = ask({"SHOW GRANTS", "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"}, deadline);
  if (!answers) return pass_error(answers);
  ServerInfo info;
  info.product = session_->is_mariadb() ? "MariaDB" : "MySQL";
  info.version = session_->server_version();
  std::vector<std::string> grants;
  for (const auto& row : answers->front())
    grants.push_back(row.front().value_or(""));
  info.warnings = excessive_grants(grants, options.config.access, options.config.databases);
  const bool local = !options.socket.empty() || options.host == "localhost" || options.host == "::1" ||
                     options.host.starts_with("127.");
  if (!session_->is_encrypted() && !local)
    info.warnings.emplace_back("the connection is not encrypted; `ssl_mode: verify_identity` asks for it");
  for (const LogicalDatabase& database : options.config.databases) {
    const bool there = std::ranges::any_of(answers->back(),
                                           [&](const auto& row) { return row.front() == database.physical; });
    if (there) continue;
    info.failures.push_back(
        {database.name, fail(ErrorCode::not_found, "the server has no database '" + database.physical +
                                                       "', or its user may not see it")
                            .error()});
  }
  return info;
}

}  // namespace penstock::mysql
