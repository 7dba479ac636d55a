// Folders of CSV files as a datasource type outside the library (docs/adding-a-datasource.md): each logical
// database is a folder under `path`, each .csv file in it a table. Read-only; all columns are text.
#pragma once

#include <atomic>

#include <penstock/builder.hpp>
#include <penstock/data_source.hpp>
#include <penstock/utf8.hpp>

#include "csv_engine.hpp"

namespace csv_folder {

using namespace penstock;
using enum penstock::ErrorCode;
using std::filesystem::path;

inline SchemaPtr schema_of(const CsvFile& file) {
  std::vector<Field> fields;
  for (const auto& name : file.header())
    fields.push_back({.name = name.value_or(""), .type = TypeId::string, .native_type = "text"});
  return std::make_shared<const Schema>(std::move(fields));
}

class Reader final : public BatchReader {
 public:
  Reader(CsvFile file, const Execution& execution, const std::atomic<bool>& stopped)
      : file_(std::move(file)), schema_(schema_of(file_)), execution_(execution), stopped_(stopped) {}
  void keep_equal(std::size_t column, std::string text) { kept_.emplace(column, std::move(text)); }
  const SchemaPtr& schema() const noexcept override { return schema_; }
  Result<std::optional<RecordBatch>> next() override {
    BatchBuilder batch(schema_);
    CsvFile::Record record;
    while (batch.num_rows() < 4096 && batch.byte_size() < 1U << 20U) {
      if (stopped_ || execution_.stop.stop_requested()) return fail(cancelled, "the query was cancelled");
      if (execution_.deadline.expired()) return fail(timeout, "the query was not done by its deadline");
      const auto outcome = file_.next(record, execution_.max_value_bytes);
      if (outcome == CsvFile::Outcome::end) break;
      if (outcome == CsvFile::Outcome::too_large) return fail(limit_exceeded, "a value is too large");
      if (outcome == CsvFile::Outcome::unreadable) return fail(unavailable, "the file cannot be read on");
      if (record.size() != schema_->size()) return fail(invalid_data, "a record unlike its header");
      if (kept_ && record[kept_->first] != kept_->second) continue;
      for (std::size_t i = 0; i < record.size(); ++i) {
        const bool valid = !record[i] || is_valid_utf8(*record[i]);
        if (!valid) return fail(invalid_data, "a value of " + schema_->field(i).name + " is not UTF-8");
        record[i] ? batch.column(i).append_string(*record[i]) : batch.column(i).append_null();
      }
    }
    return batch.num_rows() == 0 ? std::nullopt : std::optional(batch.finish());
  }

 private:
  CsvFile file_;
  SchemaPtr schema_;
  Execution execution_;
  const std::atomic<bool>& stopped_;
  std::optional<std::pair<std::size_t, std::string>> kept_;  // the records with this text in this column
};

// One session. Files need none, so it has the folders, which outlive it, and what cancel() says.
class Session final : public Connection {
 public:
  explicit Session(const CsvFolders& folders) : folders_(folders) {}
  Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override {
    stopped_ = false;
    const CsvQuery query = CsvQuery::parse(execution.sql).value_or(CsvQuery{});
    if (auto alive = probe(execution.deadline); !alive) return pass_error(alive);
    const std::string_view name = query.folder.empty() ? execution.database : query.folder;
    const bool allowed = name == execution.database || std::ranges::count(execution.also_named, name) > 0;
    const path folder = allowed ? folders_.find(name) : path();
    if (folder.empty()) return fail(forbidden, "'" + std::string(name) + "' is no database of this query");
    CsvFile file(folder / (query.file + ".csv"));
    if (file.header().empty()) return fail(not_found, "no table " + query.file, list_of_csv_files(folder));
    auto reader = std::make_unique<Reader>(std::move(file), execution, stopped_);
    const bool fits = execution.params.size() == (query.column.empty() ? 0 : 1);
    if (!fits || execution.params.is_named()) return fail(invalid_argument, "give each '?' one value");
    if (query.column.empty()) return reader;
    const auto column = reader->schema()->find(query.column);
    if (!column) return fail(not_found, "there is no column '" + query.column + "'");
    const auto* text = execution.params[0].get_if<std::string>();
    if (text == nullptr) return fail(invalid_argument, "every column is text, and the value is not");
    reader->keep_equal(*column, *text);
    return reader;
  }
  Result<DatabaseSchema> introspect(std::string_view database, std::string_view table, Deadline) override {
    if (auto alive = probe(Deadline::never()); !alive) return pass_error(alive);
    const path folder = folders_.find(database);
    DatabaseSchema result;
    for (const std::string& name : csv_files(folder)) {
      if (!table.empty() && name != table) continue;
      result.tables.emplace_back().name = name;
      const SchemaPtr schema = schema_of(CsvFile(folder / (name + ".csv")));
      for (const Field& f : schema->fields())
        result.tables.back().columns.push_back({.name = f.name, .native_type = "text", .type = f.type});
    }
    if (table.empty() || !result.tables.empty()) return result;
    return fail(not_found, "there is no table '" + std::string(table) + "'", list_of_csv_files(folder));
  }
  Result<void> probe(Deadline) override {
    broken_ = !folders_.are_there();
    if (broken_) return fail(unavailable, "there is no folder " + folders_.root().string());
    return {};
  }
  Result<ServerInfo> server_info(Deadline) override { return ServerInfo{"CSV files", "1", {}}; }
  void cancel() noexcept override { stopped_ = true; }
  bool broken() const noexcept override { return broken_; }

 private:
  const CsvFolders& folders_;
  bool broken_ = false;
  std::atomic<bool> stopped_ = false;
};

class Source final : public DataSource {
 public:
  explicit Source(CsvFolders folders) : folders_(std::move(folders)) {}
  Result<Analysis> analyze(const AnalysisRequest& request) const override {
    const auto query = CsvQuery::parse(request.sql);
    if (!query) return fail(is_blank(request.sql) ? invalid_argument : syntax_error, std::string(kForm));
    Analysis analysis{.kind = StatementKind::select, .may_write = false, .qualifiers_are_certain = true};
    if (!query->folder.empty()) analysis.qualifiers = {query->folder};
    return analysis;
  }
  Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto session = std::make_unique<Session>(folders_);
    if (auto alive = session->probe(deadline); !alive) return pass_error(alive);
    return session;
  }

 private:
  CsvFolders folders_;
};

inline DataSourceType type() {
  DataSourceType type;
  type.spec = {.name = "csv_folder", .physical_key = "folder"};
  type.spec.connection = {{.name = "path", .kind = SettingKind::path, .required = true}};
  type.spec.connection.front().description = "holds the databases' folders";
  type.create = [](const DataSourceConfig& config) -> Result<std::unique_ptr<DataSource>> {
    CsvFolders folders(*config.connection.get<path>("path"));
    for (const auto& database : config.databases)
      folders.add(database.name, database.physical);
    return std::make_unique<Source>(std::move(folders));
  };
  return type;
}

}  // namespace csv_folder
