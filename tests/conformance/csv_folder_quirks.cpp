#include "conformance/csv_folder_quirks.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <list>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv_folder.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

namespace {

constexpr const char* kCsv = "https://www.rfc-editor.org/rfc/rfc4180";
constexpr const char* kOurs = "docs/adding-a-datasource.md";

std::string csv_record(const std::vector<Value>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    if (values[i].is_null()) continue;
    out += '"';
    for (const char c : values[i].to_text())
      out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  return out + "\n";
}

std::string eight_digits(std::int64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
}

// A named pipe that is a CSV file without an end to whoever opens it first.
class EndlessFile {
 public:
  explicit EndlessFile(const std::filesystem::path& path) : path_(path.string()) {
    if (mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("cannot make the pipe " + path_);
    writer_ = std::jthread([this](const std::stop_token& stop) { write(stop); });
  }

 private:
  void write(const std::stop_token& stop) const {
    sigset_t pipe_closed;
    sigemptyset(&pipe_closed);
    sigaddset(&pipe_closed, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_closed, nullptr);
    int file = -1;
    while (file < 0 && !stop.stop_requested()) {
      file = open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // fails until there is a reader
      if (file < 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::string text = "n,filling\n";
    std::string records;
    for (int i = 0; i < 500; ++i)
      records += "1,some text\n";
    while (file >= 0 && !stop.stop_requested()) {
      pollfd ready{.fd = file, .events = POLLOUT, .revents = 0};
      if (poll(&ready, 1, 20) == 0) continue;
      if ((ready.revents & (POLLERR | POLLHUP)) != 0) break;
      const ssize_t written = ::write(file, text.data(), text.size());
      if (written < 0 && errno != EAGAIN) break;
      text.erase(0, static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
      if (text.empty()) text = records;
    }
    if (file >= 0) close(file);
  }

  std::string path_;
  std::jthread writer_;
};

class CsvDeployment final : public Deployment {
 public:
  explicit CsvDeployment(const std::vector<std::string>& databases) {
    for (const std::string& database : databases)
      std::filesystem::create_directories(data_ / database);
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"path", data_.string()}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    std::vector<Value> names;
    for (const ColumnSpec& column : table.columns)
      names.emplace_back(column.name);
    std::string text = csv_record(names);
    for (const auto& row : table.rows)
      text += csv_record(row);
    test::write_file(file(database, table.name), text);
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    const std::string filling(static_cast<std::size_t>(width), 'x');
    std::string text = "n,filling\n";
    for (std::int64_t i = 1; i <= rows; ++i)
      text += eight_digits(i) + "," + filling + "\n";
    test::write_file(file(database, table), text);
  }
  void create_invalid_text(std::string_view database, std::string_view table, std::int64_t rows) override {
    std::string text = "n,garbled\n";
    for (std::int64_t i = 1; i <= rows; ++i)
      text += eight_digits(i) + ",good\n";
    test::write_file(file(database, table), text + "last,f\xFFo\n");
  }
  [[nodiscard]] Statement endless_rows(std::string_view database) override {
    return {"SELECT * FROM " + endless_table(database)};
  }
  [[nodiscard]] Statement endless_silence(std::string_view database) override {
    return {"SELECT * FROM " + endless_table(database) + " WHERE n = ?", {"never"}};
  }
  [[nodiscard]] std::string checksum() override {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
      std::string line = entry.path().string();
      if (entry.is_regular_file())
        line += std::to_string(std::hash<std::string>{}(test::read_file(entry.path())));
      files.push_back(line);
    }
    std::ranges::sort(files);
    std::string out;
    for (const std::string& line : files)
      out += line + "\n";
    return out;
  }
  void go_away() override { std::filesystem::rename(data_, away_); }
  void come_back() override { std::filesystem::rename(away_, data_); }

 private:
  [[nodiscard]] std::filesystem::path file(std::string_view database, std::string_view table) const {
    return data_ / database / (std::string(table) + ".csv");
  }
  [[nodiscard]] std::string endless_table(std::string_view database) {
    const std::string name = "endless_" + std::to_string(endless_.size());
    endless_.emplace_back(file(database, name));
    return name;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
  std::filesystem::path away_ = folder_.path() / "away";
  std::list<EndlessFile> endless_;
};

class CsvLanguage final : public Language {
 public:
  [[nodiscard]] std::string rows(std::string_view table, std::string_view database = {}) const override {
    return "SELECT * FROM " + (database.empty() ? "" : std::string(database) + ".") + std::string(table);
  }
  [[nodiscard]] std::string rows_equal(std::string_view table, std::string_view column) const override {
    return rows(table) + " WHERE " + std::string(column) + " = ?";
  }
  [[nodiscard]] std::string nonsense() const override { return "SELEC * FORM people"; }
  [[nodiscard]] std::string duplicate_columns(Deployment& deployment,
                                              std::string_view database) const override {
    deployment.create_table(database, {.name = "twins",
                                       .columns = {{.name = "name"}, {.name = "name"}, {.name = "name_2"}},
                                       .rows = {{"a", "b", "c"}}});
    return rows("twins");
  }
  [[nodiscard]] bool has_type(TypeId type) const override { return type == TypeId::string; }
};

Quirks quirks() {
  Quirks quirks;
  const Exclusion not_in_csv{"a CSV file has records of text and nothing else", kCsv};
  for (const Feature feature :
       {Feature::primary_keys, Feature::foreign_keys, Feature::indexes, Feature::column_defaults,
        Feature::not_null, Feature::comments, Feature::views, Feature::constraints}) {
    quirks.without.emplace(feature, not_in_csv);
  }
  const Exclusion not_in_example{"the example keeps to reading whole files by one condition", kOurs};
  for (const Feature feature :
       {Feature::writes, Feature::expressions, Feature::named_parameters, Feature::null_parameters,
        Feature::comments_in_sql, Feature::joins, Feature::sorting}) {
    quirks.without.emplace(feature, not_in_example);
  }
  quirks.without.emplace(Feature::counted_connections,
                         Exclusion{"files have no sessions: one is opened when it is read", kOurs});
  for (const Feature feature : {Feature::permissions, Feature::sessions})
    quirks.without.emplace(feature, Exclusion{"it is the process itself that reads the files", kOurs});
  for (const TypeId type :
       {TypeId::boolean, TypeId::int64, TypeId::uint64, TypeId::float32, TypeId::float64, TypeId::decimal,
        TypeId::bytes, TypeId::date, TypeId::time, TypeId::timestamp, TypeId::timestamp_tz, TypeId::interval,
        TypeId::uuid, TypeId::json, TypeId::list}) {
    quirks.without_types.emplace(type, not_in_csv);
  }
  quirks.attacks = {
      {"path", "SELECT * FROM /etc/passwd"},
      {"parent_folder", "SELECT * FROM ../../etc/passwd"},
      {"parent_folder_as_database", "SELECT * FROM ...people"},
      {"nul_in_name", std::string("SELECT * FROM people\0x", 22)},
      {"insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"delete", "DELETE FROM people"},
      {"update", "UPDATE people SET name = 'x'"},
      {"drop", "DROP TABLE people"},
      {"create", "CREATE TABLE loot (x)"},
      {"copy_out", "COPY people TO '{folder}/copy.csv'"},
      {"select_into", "SELECT * INTO OUTFILE '{folder}/copy.csv' FROM people"},
      {"second_statement", "SELECT * FROM people; DROP TABLE people"},
      {"very_long", "SELECT * FROM " + std::string(1'000'000, 'a')},
      {"very_blank", "SELECT" + std::string(1'000'000, ' ') + "* FROM people"},
  };
  quirks.two_statements = "SELECT * FROM people; SELECT * FROM people";
  quirks.minimum_executed = 140;
  return quirks;
}

}  // namespace

Engine csv_folder_engine() {
  return {.name = "csv_folder",
          .type = "csv_folder",
          .quirks = quirks(),
          .language = std::make_shared<CsvLanguage>(),
          .deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
            return std::make_unique<CsvDeployment>(databases);
          },
          .add_type =
              [](DataSourceRegistry& registry) {
                if (auto added = registry.add(csv_folder::type()); !added)
                  throw std::runtime_error(added.error().message);
              }};
}

}  // namespace penstock::conformance
