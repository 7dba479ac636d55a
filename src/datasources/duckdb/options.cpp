#include "datasources/duckdb/options.hpp"

#include <algorithm>
#include <array>

#include "core/ascii_case.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::int64_t kMiB = 1LL << 20;

// What DuckDB, or the instances that are made here, call something of their own.
bool is_taken(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 6> kTaken{"memory",   "system",     "temp",
                                                   "penstock", "pg_catalog", "information_schema"};
  return std::ranges::any_of(kTaken,
                             [&](std::string_view taken) { return equal_ignoring_case(taken, name); });
}

void check_database(const LogicalDatabase& database, bool is_alone, std::vector<SettingProblem>& problems) {
  const std::string quoted = "`" + database.name + "`";
  if (is_taken(database.name) || is_taken(database.physical)) {
    problems.push_back({{"databases", database.name},
                        "a logical database of DuckDB cannot be called " + quoted +
                            " there or here: DuckDB keeps such names for itself"});
  }
  if (equal_ignoring_case(database.name, "main") && database.physical == database.name && !is_alone) {
    problems.push_back({{"databases", database.name},
                        "a logical database of DuckDB cannot be called " + quoted +
                            " beside others; give it a name and say `schema: main`"});
  }
  const bool is_path = database.physical.find('/') != std::string::npos || database.physical == "." ||
                       database.physical == ".." || database.physical.find('\0') != std::string::npos;
  if (database.physical.empty() || is_path) {
    problems.push_back({{"databases", database.name, "schema"},
                        "`schema: " + database.physical + "` of " + database.name +
                            " must be the name of a schema in the file `path`, or of a folder in it, without "
                            "a slash"});
  }
}

std::vector<SettingProblem> check_config(const DataSourceConfig& config) {
  std::vector<SettingProblem> problems;
  if (config.access == Access::read_write) {
    problems.push_back({{"access"},
                        "a datasource of DuckDB is read-only: leave `access` away, and write its files with "
                        "DuckDB itself"});
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

TypeSpec type_spec() {
  TypeSpec spec;
  spec.name = "duckdb";
  spec.physical_key = "schema";
  spec.connection = {
      {.name = "path",
       .kind = SettingKind::path,
       .description =
           "A DuckDB database file, whose schemas are the logical databases; or a folder with a folder of "
           "Parquet, CSV and JSON files for each",
       .required = true},
      {.name = "memory_limit",
       .kind = SettingKind::size,
       .description = "What one instance of DuckDB may take: there is one for a file, and one for each "
                      "logical database of a folder that is in use",
       .default_text = "1GiB",
       .min = 64 * kMiB,
       .max = 1024LL * 1024 * kMiB},
      {.name = "threads",
       .kind = SettingKind::integer,
       .description = "How many threads one instance computes with, all of its statements together; the one "
                      "that asks is among them",
       .default_text = "2",
       .min = 1,
       .max = 256},
      {.name = "library",
       .kind = SettingKind::path,
       .description = "DuckDB's library (libduckdb.so), when it is not to be the one that Penstock was "
                      "built or installed with"},
  };
  spec.check = &check_config;
  return spec;
}

std::vector<std::string> limit_warnings(const Options& options, std::size_t instances,
                                        std::int64_t memory_bytes, std::int64_t cores) {
  std::vector<std::string> out;
  const std::int64_t each = options.memory_bytes / kMiB;
  const std::int64_t machine = memory_bytes / kMiB;
  if (each > machine / static_cast<std::int64_t>(std::max<std::size_t>(instances, 1))) {
    out.push_back("`memory_limit` lets DuckDB take " + std::to_string(instances) + " x " +
                  std::to_string(each) + " MiB, and this machine has " + std::to_string(machine) + " MiB");
  }
  if (options.threads > cores) {
    out.push_back("`threads` lets one instance of DuckDB compute with " + std::to_string(options.threads) +
                  " threads, and this machine has " + std::to_string(cores) + " cores");
  }
  return out;
}

Result<Options> read_options(const DataSourceConfig& config) {
  Options options;
  options.datasource = config.name;
  options.path = config.connection.get_or("path", std::filesystem::path());
  options.library = config.connection.get_or("library", std::filesystem::path());
  options.memory_bytes = config.connection.get_or("memory_limit", 1024 * kMiB);
  options.threads = config.connection.get_or("threads", std::int64_t{2});
  options.databases = config.databases;
  if (options.path.empty()) {
    return fail(ErrorCode::invalid_argument,
                "datasource " + config.name + " needs `path`: a DuckDB file or a folder of files");
  }
  // A program may make the configuration without a file that was checked.
  if (!config.roles.empty() || !config.query_settings.empty() || !config.masks.empty()) {
    return fail(ErrorCode::invalid_argument,
                "datasource " + config.name +
                    ": roles, settings and masks are not supported by datasources of the type `duckdb`");
  }
  if (const auto problems = check_config(config); !problems.empty())
    return fail(ErrorCode::invalid_argument, "datasource " + config.name + ": " + problems.front().message);
  return options;
}

}  // namespace penstock::duckdb
