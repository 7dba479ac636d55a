// What may have been meant by a table that is not there.
#include <algorithm>

#include "core/nearest.hpp"
#include "datasources/mysql/connection.hpp"

namespace penstock::mysql {

namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::uint16_t kNoSuchTable = 1146;

struct Name {
  std::string database;
  std::string table;
};

// "Table 'customer_db.people' doesn't exist", in any language.
std::optional<Name> name_in(std::string_view message) {
  const std::size_t begin = message.find('\'');
  const std::size_t end = begin == message.npos ? begin : message.find('\'', begin + 1);
  if (end == message.npos) return std::nullopt;
  const std::string_view both = message.substr(begin + 1, end - begin - 1);
  const std::size_t dot = both.find('.');
  if (dot == both.npos) return std::nullopt;
  return Name{std::string(both.substr(0, dot)), std::string(both.substr(dot + 1))};
}

}  // namespace

Error MysqlConnection::with_suggestion(Error error, const Execution& execution) {
  const auto name = session_->last_error() == kNoSuchTable ? name_in(error.server_message) : std::nullopt;
  if (!name || broken() || !error.hint.empty()) return error;
  const Options& options = *shared_->options;
  std::string list;
  for (const LogicalDatabase& database : options.config.databases)
    list += (list.empty() ? "" : ",") + quote_text(database.physical);
  const Deadline patience = Deadline::after(kPatience).min(with_grace(execution.deadline));
  auto answers =
      ask({"SELECT TABLE_SCHEMA,TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (" + list +
           ") LIMIT 20000"},
          patience);
  if (!answers) return error;
  std::vector<std::string> names;
  for (const auto& row : answers->front()) {
    const std::string database = row[0].value_or("");
    const std::string table = row[1].value_or("");
    if (database == name->database) {
      names.push_back(table);
    } else if (table == name->table) {
      const auto other = std::ranges::find(options.config.databases, database, &LogicalDatabase::physical);
      if (other != options.config.databases.end())
        error.hint = "There is one in " + other->name + ": write " + database + "." + table + ".";
    }
  }
  const auto nearest = nearest_name(name->table, names);
  if (error.hint.empty() && nearest) error.hint = "Did you mean '" + std::string(*nearest) + "'?";
  return error;
}

}  // namespace penstock::mysql
