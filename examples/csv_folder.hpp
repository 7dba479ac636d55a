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
    fields.push_back({name.value_or(""), TypeId::string, true, "text"});
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

// One session. Files need none, so it holds the folder and what cancel() says.
class Session final : public Connection {
 public:
  explicit Session(path root) : root_(std::move(root)) {}
  Result<std::unique_ptr<BatchReader>> execute(const Execution& execution) override {
    stopped_ = false;
    const CsvQuery query = CsvQuery::parse(execution.sql).value_or(CsvQuery{});
    if (auto alive = probe(execution.deadline); !alive) return pass_error(alive);
    const path folder = root_ / (query.folder.empty() ? execution.database : query.folder);
    CsvFile file(folder / (query.file + ".csv"));
    if (file.header().empty()) return no_table(folder, query.file);
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
    DatabaseSchema result;
    for (const std::string& name : csv_files(root_ / database)) {
      if (!table.empty() && name != table) continue;
      result.tables.emplace_back().name = name;
      const SchemaPtr schema = schema_of(CsvFile(root_ / database / (name + ".csv")));
      for (const Field& field : schema->fields()) {
        result.tables.back().columns.push_back({field.name, "text", field.type, true, {}, false, {}});
      }
    }
    if (!table.empty() && result.tables.empty()) return no_table(root_ / database, table);
    return result;
  }
  Result<void> probe(Deadline) override {
    broken_ = !std::filesystem::is_directory(root_);
    if (broken_) return fail(unavailable, "there is no folder " + root_.string());
    return {};
  }
  Result<ServerInfo> server_info(Deadline) override { return ServerInfo{"CSV files", "1", {}}; }
  void cancel() noexcept override { stopped_ = true; }
  bool broken() const noexcept override { return broken_; }

 private:
  static std::unexpected<Error> no_table(const path& folder, std::string_view name) {
    std::string hint = "there are:";
    for (const std::string& file : csv_files(folder))
      hint += " " + file;
    return fail(not_found, "there is no table '" + std::string(name) + "'", std::move(hint));
  }
  path root_;
  bool broken_ = false;
  std::atomic<bool> stopped_ = false;
};

class Source final : public DataSource {
 public:
  explicit Source(path root) : root_(std::move(root)) {}
  Result<Analysis> analyze(const AnalysisRequest& request) const override {
    const auto query = CsvQuery::parse(request.sql);
    const bool blank = request.sql.find_first_not_of(" \t\r\n;") == request.sql.npos;
    if (blank) return fail(invalid_argument, "the statement is empty");
    if (!query) return fail(syntax_error, "write SELECT * FROM table, or with WHERE column = ?");
    std::vector<std::string> qualifiers(query->folder.empty() ? 0 : 1, query->folder);
    return Analysis{StatementKind::select, false, std::move(qualifiers)};
  }
  Result<std::unique_ptr<Connection>> connect(const Node&, Deadline deadline) override {
    auto session = std::make_unique<Session>(root_);
    if (auto alive = session->probe(deadline); !alive) return pass_error(alive);
    return session;
  }

 private:
  path root_;
};

inline DataSourceType type() {
  DataSourceType type;
  type.spec.name = "csv_folder";
  type.spec.connection = {{"path", SettingKind::path, "holds the databases' folders", "", true, 0, 0, {}}};
  type.create = [](const DataSourceConfig& config) -> Result<std::unique_ptr<DataSource>> {
    return std::make_unique<Source>(*config.connection.get<path>("path"));
  };
  return type;
}

}  // namespace csv_folder
