#include "datasources/duckdb/instance.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/ascii_case.hpp"
#include "datasources/duckdb/errors.hpp"
#include "datasources/duckdb/functions.hpp"
#include "datasources/duckdb/statement_text.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::chrono::seconds kLookInterval{1};
// A folder that takes long to look through is looked through less often.
constexpr int kLookShare = 20;
constexpr std::chrono::milliseconds kQuickLook{5};
constexpr std::size_t kKeptSlots = 64;

std::string file_list(const FileTable& table) {
  std::string list;
  for (const DataFile& file : table.files)
    list += (list.empty() ? "" : ", ") + quote_text(file.path.string());
  return "[" + list + "]";
}

// What reads the table's files. Columns go by name, as files of one table need not have them in one order.
std::string reader_of(const FileTable& table) {
  const std::string hive = table.is_partitioned ? "true" : "false";
  const std::string options = ", union_by_name = true, hive_partitioning = " + hive + ")";
  switch (table.format) {
    case FileFormat::parquet:
      return "read_parquet(" + file_list(table) + options;
    case FileFormat::csv:
      return "read_csv(" + file_list(table) + options;
    case FileFormat::json:
      return "read_json(" + file_list(table) + options;
  }
  std::unreachable();
}

const std::string& physical_of(const Options& options, const std::string& database) {
  const LogicalDatabase* known = options.find(database);
  return known == nullptr ? database : known->physical;
}

Error with_database(Error error, std::string_view database) {
  error.message = std::string(database) + ": " + error.message;
  return error;
}

}  // namespace

bool is_database_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 3> kSuffixes{".duckdb", ".ddb", ".db"};
  const std::string_view name = path.native();  // taken as it is, as every query asks
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
    return name.size() > suffix.size() && name[name.size() - suffix.size() - 1] != '/' &&
           equal_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
  });
}

Result<void> Instance::run(duckdb_connection connection, const std::string& sql) const {
  if (auto done = run_own(*api_, connection, sql); !done)
    return std::unexpected(error_of(done.error().message, options_->datasource));
  return {};
}

Result<void> Instance::start() {
  ConfigHandle config(*api_);
  if (api_->create_config(config.out()) != DuckDBSuccess)
    return fail(ErrorCode::limit_exceeded, "there is no memory for another instance of DuckDB");
  const std::array<std::pair<const char*, std::string>, 9> settings{{
      {"threads", std::to_string(options_->threads)},
      {"memory_limit", std::to_string(options_->memory_bytes) + "B"},
      {"temp_directory", ""},  // nothing is written: what does not fit into memory fails
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_unsigned_extensions", "false"},
      {"allow_persistent_secrets", "false"},  // those of who runs this are not read
      {"catalog_error_max_schemas", "0"},     // errors name nothing that lies in other schemas
  }};
  for (const auto& [name, value] : settings) {
    if (api_->set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      return fail(ErrorCode::unsupported,
                  std::string("this DuckDB cannot be made safe (setting ") + name + ")");
  }
  char* problem = nullptr;
  if (api_->open_ext(nullptr, database_.out(), config.get(), &problem) != DuckDBSuccess)
    return std::unexpected(error_of(taken_text(*api_, problem), options_->datasource));
  return {};
}

Result<void> Instance::attach_file(duckdb_connection connection) {
  auto state = look_at_file(options_->path);
  if (!state) return pass_error(state);
  file_ = std::move(*state);
  const std::string path = std::filesystem::absolute(options_->path).string();
  if (auto attached = run(
          connection, "ATTACH " + quote_text(path) + " AS " + std::string(kFileCatalogue) + " (READ_ONLY)");
      !attached)
    return attached;
  return find_hiding_macros(connection);
}

// DuckDB finds a schema's macros before its own functions, and calls some of those for what a statement does
// not spell as a call.
Result<void> Instance::find_hiding_macros(duckdb_connection connection) {
  auto macros = read_functions(connection, "DISTINCT schema_name, function_name", kFileCatalogue);
  if (!macros) return pass_error(macros);
  if (macros->empty())
    return {};  // as in most files: to list DuckDB's own takes longer than the rest of it all
  auto builtin = read_functions(connection, "DISTINCT function_name", "system");
  if (!builtin) return pass_error(builtin);
  std::unordered_set<std::string> names;
  for (const TextRow& function : *builtin)
    names.insert(ascii_lower(function[0].value_or("")));
  for (const TextRow& macro : *macros) {
    const std::string name = macro[1].value_or("");
    if (names.contains(ascii_lower(name)) || may_call(name) || may_read_from(name))
      hiding_macros_.emplace(ascii_lower(macro[0].value_or("")), name);
  }
  return {};
}

Result<std::vector<TextRow>> Instance::read_functions(duckdb_connection connection, std::string_view columns,
                                                      std::string_view catalogue) const {
  auto rows =
      read_own(*api_, connection,
               "SELECT " + std::string(columns) +
                   " FROM system.main.duckdb_functions() WHERE database_name = " + quote_text(catalogue));
  if (!rows) return std::unexpected(error_of(rows.error().message, options_->datasource));
  return std::move(*rows);
}

Result<void> Instance::make_views_of(duckdb_connection connection, RunControl& control,
                                     const std::string& database, std::string_view schema) {
  for (const FileTable& table : inventories_.at(database).tables) {
    if (auto go_on = control.check(); !go_on) return go_on;
    const auto made = run_own(
        *api_, connection,
        "CREATE VIEW " + quote_name(schema) + "." + quote_name(table.name) + " AS FROM " + reader_of(table));
    if (!made) broken_.insert_or_assign(ascii_lower(table.name), made.error().message);
  }
  return control.check();
}

Result<void> Instance::make_views(duckdb_connection connection, RunControl& control) {
  std::string allowed;
  std::vector<std::string> databases = key_.named;
  databases.push_back(key_.database);
  for (const std::string& database : databases) {
    auto inventory = take_inventory(options_->path, physical_of(*options_, database));
    if (!inventory) return std::unexpected(with_database(inventory.error(), database));
    for (const FileTable& table : inventory->tables) {
      for (const DataFile& file : table.files)
        allowed += (allowed.empty() ? "" : ", ") + quote_text(file.path.string());
    }
    inventories_.insert_or_assign(database, std::move(*inventory));
  }
  // Views read files as they are made, so the bounds come first.
  if (auto set = run(connection, "SET GLOBAL allowed_paths = [" + allowed + "]"); !set) return set;
  if (auto closed = run(connection, "SET GLOBAL enable_external_access = false"); !closed) return closed;
  if (auto made = make_views_of(connection, control, key_.database, "main"); !made) return made;
  for (const std::string& database : key_.named) {
    if (equal_ignoring_case(database, "main")) continue;
    if (auto made = run(connection, "CREATE SCHEMA " + quote_name(database)); !made) return made;
    if (auto made = make_views_of(connection, control, database, database); !made) return made;
  }
  return {};
}

Result<void> Instance::seal(duckdb_connection connection) {
  for (const char* statement : {"SET GLOBAL enable_external_access = false", "SET GLOBAL TimeZone = 'UTC'",
                                "SET GLOBAL lock_configuration = true"}) {
    if (auto done = run(connection, statement); !done) return done;
  }
  return {};
}

Result<std::shared_ptr<Instance>> Instance::open(const Api& api, const Options& options, InstanceKey key,
                                                 RunControl& control) {
  std::shared_ptr<Instance> instance(new Instance(api, options, std::move(key)));
  if (auto started = instance->start(); !started) return pass_error(started);
  ConnectionHandle connection(api);
  if (api.connect(instance->database_.get(), connection.out()) != DuckDBSuccess)
    return fail(ErrorCode::unavailable, "DuckDB gives no connection");
  control.works_on(connection.get());
  auto filled = is_database_file(options.path) ? instance->attach_file(connection.get())
                                               : instance->make_views(connection.get(), control);
  if (filled) filled = instance->seal(connection.get());
  control.works_on(nullptr);
  if (auto go_on = control.check(); !go_on) return pass_error(go_on);
  if (!filled) return pass_error(filled);
  return instance;
}

Result<ConnectionHandle> Instance::connect(const LogicalDatabase& database,
                                           const std::vector<std::string>& named) const {
  ConnectionHandle connection(*api_);
  if (api_->connect(database_.get(), connection.out()) != DuckDBSuccess)
    return fail(ErrorCode::unavailable, "DuckDB gives no connection");
  if (!is_database_file(options_->path)) return connection;
  std::vector<const LogicalDatabase*> reachable{&database};
  for (const std::string& name : named) {
    if (const LogicalDatabase* known = options_->find(name); known != nullptr) reachable.push_back(known);
  }
  // DuckDB looks into the schema `main` of the first catalogue too, whatever the path: of this one's, which
  // holds nothing, and not of the file's. The same goes for a schema that is not in the path.
  std::string path = "memory.main";
  for (const LogicalDatabase* entry : reachable) {
    if (const auto hiding = hiding_macros_.find(ascii_lower(entry->physical));
        hiding != hiding_macros_.end()) {
      return fail(ErrorCode::unavailable,
                  "the file's schema of " + entry->name + " has a macro `" + hiding->second +
                      "`, which hides a function of DuckDB",
                  "Whoever makes the file can give the macro another name.");
    }
    path += "," + std::string(kFileCatalogue) + "." + quote_name(entry->physical);
  }
  if (auto set = run_own(*api_, connection.get(), "SET search_path = " + quote_text(path)); !set) {
    auto error = fail(ErrorCode::unavailable, "the file of " + options_->datasource + " has no schema `" +
                                                  database.physical + "`, which " + database.name + " is");
    error.error().server_message = set.error().message;
    return error;
  }
  return connection;
}

std::string_view Instance::problem_of(std::string_view table) const {
  const auto found = broken_.find(ascii_lower(table));
  return found == broken_.end() ? std::string_view{} : std::string_view(found->second);
}

std::vector<std::string> Instance::problems() const {
  std::vector<std::string> out;
  for (const auto& [database, inventory] : inventories_) {
    for (const std::string& problem : inventory.problems)
      out.push_back(database + ": " + problem);
  }
  for (const auto& [table, problem] : broken_)
    out.push_back(key_.database + ": the files of `" + table + "` cannot be read as a table");
  return out;
}

Result<bool> Instance::is_current() const {
  if (is_database_file(options_->path)) return is_still(options_->path, file_);
  for (const auto& [database, known] : inventories_) {
    auto now = take_inventory(options_->path, physical_of(*options_, database));
    if (!now) return std::unexpected(with_database(now.error(), database));
    if (*now != known) return false;
  }
  return true;
}

Result<std::shared_ptr<Instance>> Instances::get(const InstanceKey& key, RunControl& control) {
  std::shared_ptr<Slot> slot;
  {
    const std::scoped_lock lock(mutex_);
    // Statements may name databases in any combination; those that nobody uses are forgotten.
    if (slots_.size() > kKeptSlots) {
      std::erase_if(slots_, [](const auto& entry) {
        return entry.second.use_count() == 1 && entry.second->instance.expired();
      });
    }
    auto& known = slots_[key];
    if (known == nullptr) known = std::make_shared<Slot>();
    slot = known;
  }
  // Waits for who makes the instance, and no longer than this run may take.
  std::unique_lock lock(slot->mutex, std::defer_lock);
  while (!lock.try_lock_until(
      std::min(control.deadline().time(), Deadline::Clock::now() + std::chrono::milliseconds(50)))) {
    if (auto go_on = control.check(); !go_on) return pass_error(go_on);
  }
  const auto now = Deadline::Clock::now();
  if (auto instance = slot->instance.lock()) {
    // Taken before the look, so that one asked for meanwhile is not lost.
    if (!slot->look_now.exchange(false) && now < slot->look_again) return instance;
    slot->look_again = {};  // as long as no look has come to its end
    auto current = instance->is_current();
    if (!current) return pass_error(current);
    const auto took = Deadline::Clock::now() - now;
    slot->looks_quickly = took < kQuickLook;
    if (!is_database_file(options_->path))
      slot->look_again = now + std::max<Deadline::Clock::duration>(kLookInterval, took * kLookShare);
    if (*current) return instance;
    slot->instance.reset();
  }
  auto made = Instance::open(*api_, *options_, key, control);
  if (!made) return made;
  slot->instance = *made;
  if (!is_database_file(options_->path)) slot->look_again = now + kLookInterval;
  return made;
}

std::shared_ptr<Instances::Slot> Instances::slot_of(const InstanceKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto known = slots_.find(key);
  return known == slots_.end() ? nullptr : known->second;
}

void Instances::look_soon(const InstanceKey& key) {
  const std::shared_ptr<Slot> slot = slot_of(key);
  if (slot != nullptr) slot->look_now = true;
}

bool Instances::look_soon_if_quick(const InstanceKey& key) {
  const std::shared_ptr<Slot> slot = slot_of(key);
  const bool quick = slot != nullptr && slot->looks_quickly;
  if (quick) slot->look_now = true;
  return quick;
}

}  // namespace penstock::duckdb
