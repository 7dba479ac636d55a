#include "datasources/mysql/grants.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace penstock::mysql {

namespace {

// Of the whole server, and of no use to a query.
constexpr std::array<std::string_view, 22> kAdministration{"SUPER",
                                                           "FILE",
                                                           "PROCESS",
                                                           "SHUTDOWN",
                                                           "RELOAD",
                                                           "CREATE USER",
                                                           "CREATE ROLE",
                                                           "CONNECTION ADMIN",
                                                           "READ_ONLY ADMIN",
                                                           "SET USER",
                                                           "BINLOG ADMIN",
                                                           "BINLOG REPLAY",
                                                           "FEDERATED ADMIN",
                                                           "REPLICATION SLAVE",
                                                           "REPLICATION CLIENT",
                                                           "BINLOG MONITOR",
                                                           "CREATE TABLESPACE",
                                                           "DROP ROLE",
                                                           "REPLICATION SLAVE ADMIN",
                                                           "REPLICATION MASTER ADMIN",
                                                           "SLAVE MONITOR",
                                                           "REPLICA MONITOR"};
constexpr std::array<std::string_view, 16> kWrites{
    "INSERT",         "UPDATE",        "DELETE",      "CREATE",      "DROP",
    "ALTER",          "INDEX",         "CREATE VIEW", "REFERENCES",  "TRIGGER",
    "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",       "LOCK TABLES", "CREATE TEMPORARY TABLES",
    "DELETE HISTORY"};
constexpr std::string_view kExecute = "EXECUTE";

struct Grant {
  std::vector<std::string> rights;
  std::string on;  // "*.*", "`db`.*"
  bool may_grant = false;
};

// GRANT a, b (column, column) ON x TO ...
std::optional<Grant> read_grant(std::string_view line) {
  if (!line.starts_with("GRANT ")) return std::nullopt;
  line.remove_prefix(6);
  const std::size_t on = line.find(" ON ");
  const std::size_t to = line.find(" TO ", on);
  if (on == line.npos || to == line.npos) return std::nullopt;  // a role
  Grant grant;
  grant.on = line.substr(on + 4, to - on - 4);
  grant.may_grant = line.find(" WITH GRANT OPTION", to) != line.npos;
  std::string right;
  int depth = 0;
  for (const char c : line.substr(0, on)) {
    if (c == '(') ++depth;
    if (depth == 0 && c == ',') {
      grant.rights.push_back(std::move(right));
      right.clear();
    } else if (depth == 0 && (c != ' ' || !right.empty())) {
      right += c;
    }
    if (c == ')') --depth;
  }
  grant.rights.push_back(std::move(right));
  for (std::string& one : grant.rights)
    one.erase(one.find_last_not_of(' ') + 1);
  return grant;
}

template <typename Condition>
std::string listed(const Grant& grant, const Condition& condition) {
  std::string out;
  for (const std::string& right : grant.rights) {
    if (condition(right)) out += (out.empty() ? "" : ", ") + right;
  }
  return out;
}

// MySQL's dynamic privileges (SYSTEM_VARIABLES_ADMIN, CLONE_ADMIN, SHOW_ROUTINE, ..., and those of
// components) are of the whole server, and the only ones that are written with an underscore and without a
// space.
bool administers(std::string_view right) {
  const bool is_dynamic = right.find('_') != right.npos && right.find(' ') == right.npos;
  return is_dynamic || std::ranges::find(kAdministration, right) != kAdministration.end();
}
bool writes(std::string_view right) {
  return std::ranges::find(kWrites, right) != kWrites.end();
}

bool has(const Grant& grant, std::string_view right) {
  return std::ranges::find(grant.rights, right) != grant.rights.end();
}

}  // namespace

std::vector<std::string> excessive_grants(const std::vector<std::string>& grants, Access access,
                                          const std::vector<LogicalDatabase>& databases) {
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& what) { warnings.push_back("the database user " + what); };
  for (const std::string& line : grants) {
    const auto grant = read_grant(line);
    if (!grant) {
      if (line.starts_with("GRANT ")) warn("has a role, whose rights are not looked at");
      continue;
    }
    const bool everywhere = grant->on == "*.*";
    const bool all = has(*grant, "ALL PRIVILEGES");
    if (all) warn("has ALL PRIVILEGES on " + grant->on);
    if (grant->may_grant) warn("may grant its rights on " + grant->on + " to others");
    if (everywhere && has(*grant, "SELECT"))
      warn("may read every database of the server, its own among them");
    if (const std::string rights = listed(*grant, &administers); !rights.empty())
      warn("may administer the server (" + rights + ")");
    if (access == Access::read_only) {
      if (const std::string rights = listed(*grant, &writes); !rights.empty())
        warn("may write, though access is read-only, on " + grant->on + " (" + rights + ")");
    }
    if (has(*grant, kExecute)) warn("may run stored programs on " + grant->on + " (EXECUTE)");
    const bool served = everywhere || std::ranges::any_of(databases, [&](const LogicalDatabase& database) {
                          return grant->on.find("`" + database.physical + "`") != std::string::npos;
                        });
    if (!served && !has(*grant, "USAGE")) warn("has rights on " + grant->on + ", which is not served here");
  }
  return warnings;
}

}  // namespace penstock::mysql
