#include "datasources/sqlite/options.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::string_view kSuffix = ".sqlite";

// A file name of its own, or one that gets the suffix.
std::string file_name(const std::string& physical) {
  constexpr std::array<std::string_view, 4> kKnown{kSuffix, ".sqlite3", ".db", ".db3"};
  const bool complete =
      std::ranges::any_of(kKnown, [&](std::string_view suffix) { return physical.ends_with(suffix); });
  return complete ? physical : physical + std::string(kSuffix);
}

void check_database(const LogicalDatabase& database, bool is_alone, std::vector<SettingProblem>& problems) {
  const auto add = [&](std::vector<std::string> key, std::string message) {
    problems.push_back({std::move(key), std::move(message)});
  };
  const std::vector<std::string> entry{"databases", database.name};
  if (same_name(database.name, "temp")) {
    add(entry, "a logical database of SQLite cannot be called `temp`: SQLite keeps that name for itself");
  }
  if (same_name(database.name, "main") && !is_alone) {
    add(entry, "a logical database of SQLite cannot be called `" + database.name +
                   "` beside others: to SQLite, every query's own database is main");
  }
  const bool is_path = database.physical.find('/') != std::string::npos || database.physical == "." ||
                       database.physical == ".." || database.physical.find('\0') != std::string::npos;
  if (database.physical.empty() || is_path) {
    add({"databases", database.name, "file"},
        "`file: " + database.physical + "` of " + database.name +
            " must be the name of a file in the folder `path`, without a slash");
  }
}

std::vector<SettingProblem> check_config(const DataSourceConfig& config) {
  std::vector<SettingProblem> problems;
  if (config.connection.get_or("create", false) && config.access == Access::read_only) {
    problems.push_back({{"connection", "create"}, "`create: true` needs `access: read_write`"});
  }
  for (const LogicalDatabase& database : config.databases)
    check_database(database, config.databases.size() == 1, problems);
  return problems;
}

}  // namespace

const LogicalDatabase* Options::find(std::string_view database) const noexcept {
  const auto found = std::ranges::find(databases, database, &LogicalDatabase::name);
  return found == databases.end() ? nullptr : &*found;
}

std::filesystem::path Options::file_of(const LogicalDatabase& database) const {
  std::error_code ignored;
  const bool folder = databases.size() > 1 || std::filesystem::is_directory(path, ignored);
  return folder ? path / file_name(database.physical) : path;
}

TypeSpec type_spec() {
  TypeSpec spec;
  spec.name = "sqlite";
  spec.aliases = {"sqlite3"};
  spec.physical_key = "file";
  spec.connection = {
      {.name = "path",
       .kind = SettingKind::path,
       .description =
           "A database file, for one logical database; or a folder with a file `<name>.sqlite` for each",
       .required = true},
      {.name = "busy_timeout",
       .kind = SettingKind::duration,
       .description = "How long to wait for a lock that another process holds; the statement's own time "
                      "limit ends the wait too",
       .default_text = "5s",
       .min = 0,
       .max = 600'000},
      {.name = "cache_size",
       .kind = SettingKind::size,
       .description = "Page cache of each open file; SQLite's own default is 2 MiB",
       .min = 64LL << 10,
       .max = 16LL << 30},
      {.name = "create",
       .kind = SettingKind::boolean,
       .description = "Make a file that does not exist, empty; only with `access: read_write`",
       .default_text = "false"},
  };
  spec.check = &check_config;
  return spec;
}

Result<Options> read_options(const DataSourceConfig& config) {
  Options options;
  options.path = config.connection.get_or("path", std::filesystem::path());
  options.busy_timeout = config.connection.get_or("busy_timeout", options.busy_timeout);
  options.cache_bytes = config.connection.get<std::int64_t>("cache_size");
  options.create = config.connection.get_or("create", false);
  options.access = config.access;
  options.databases = config.databases;
  if (options.path.empty()) {
    return fail(ErrorCode::invalid_argument,
                "datasource " + config.name + " needs `path`: a SQLite file or a folder of them");
  }
  // A program may make the configuration without a file that was checked.
  if (const auto problems = check_config(config); !problems.empty())
    return fail(ErrorCode::invalid_argument, "datasource " + config.name + ": " + problems.front().message);
  return options;
}

}  // namespace penstock::sqlite
