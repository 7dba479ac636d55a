// A folder as a datasource: files of each format, partitions, files that come and go, and files that cannot
// be read.
#if PENSTOCK_WITH_DUCKDB

#include <algorithm>
#include <functional>
#include <thread>

#include "datasources/duckdb/instance.hpp"
#include "duckdb_lake.hpp"

namespace penstock::duckdb {
namespace {

namespace fs = std::filesystem;

class DuckDbFolder : public testing::Test {
 protected:
  DuckDbFolder() {
    fs::create_directories(lake_ / "customer_db");
    fs::create_directories(lake_ / "accounts_db");
    copy("SELECT 1 AS id, 'Ada' AS name", "customer_db/people.parquet");
  }
  void copy(const std::string& query, const std::string& file, const std::string& options = {}) {
    writer_.run("COPY (" + query + ") TO '" + (lake_ / file).string() + "'" + options);
  }
  void open() { door_ = std::make_unique<Door>(config_of(lake_), Layers{}); }
  std::vector<std::string> ask(std::string_view sql) {
    if (door_ == nullptr) open();
    auto lines = door_->ask(sql);
    if (!lines) return {std::string(to_string(lines.error().code)) + ": " + lines.error().message};
    return std::move(*lines);
  }
  // What the answer becomes within some seconds.
  void expect_soon(std::string_view sql, const std::vector<std::string>& expected) {
    const Deadline patience = Deadline::after(std::chrono::seconds(10));
    while (ask(sql) != expected && !patience.expired())
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(ask(sql), expected);
  }

  test::TemporaryFolder folder_;
  fs::path lake_ = folder_ / "lake";
  demo::DuckDbWriter writer_;
  std::unique_ptr<Door> door_;
};

using Lines = std::vector<std::string>;

TEST_F(DuckDbFolder, EachFileIsATable) {
  copy("SELECT 2 AS id, 'x, y' AS note", "customer_db/notes.csv");
  copy("SELECT 3 AS id", "customer_db/packed.csv.gz");
  test::write_file(lake_ / "customer_db/events.ndjson", "{\"id\": 4, \"tags\": [\"a\"]}\n{\"id\": 5}\n");
  test::write_file(lake_ / "customer_db/array.json", "[{\"id\": 6}]");
  test::write_file(lake_ / "customer_db/README.txt", "no table");
  test::write_file(lake_ / "customer_db/_SUCCESS", "");
  test::write_file(lake_ / "customer_db/it's \"odd\".csv", "a\n7\n");
  EXPECT_EQ(ask("SELECT name FROM (SHOW TABLES)"),
            (Lines{"array", "events", "it's \"odd\"", "notes", "packed", "people"}));
  EXPECT_EQ(ask("SELECT * FROM notes"), (Lines{"2|x, y"}));
  EXPECT_EQ(ask("SELECT * FROM packed"), (Lines{"3"}));
  EXPECT_EQ(ask("SELECT * FROM events"), (Lines{"4|[a]", "5|NULL"}));
  EXPECT_EQ(ask("SELECT * FROM \"array\""), (Lines{"6"}));
  EXPECT_EQ(ask("SELECT * FROM \"it's \"\"odd\"\"\""), (Lines{"7"}));
  const auto schema =
      door_->connection().introspect("customer_db", "", Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->tables.size(), 6U);
  EXPECT_EQ(schema->tables.back().name, "people");
  EXPECT_EQ(schema->tables.back().kind, TableKind::table);
  EXPECT_EQ(schema->tables.back().columns.at(1).type.id, TypeId::string);
}

TEST_F(DuckDbFolder, AFolderOfFilesIsATableAndItsPartitionsAreColumns) {
  for (const char* year : {"2024", "2025"})
    fs::create_directories(lake_ / "customer_db/sales" / ("year=" + std::string(year)) / "month=01");
  copy("SELECT 1 AS amount", "customer_db/sales/year=2024/month=01/a.parquet");
  copy("SELECT 'x' AS note, 2 AS amount", "customer_db/sales/year=2025/month=01/b.parquet");
  EXPECT_EQ(ask("SELECT amount, note, year, month FROM sales ORDER BY year"),
            (Lines{"1|NULL|2024|01", "2|x|2025|01"}));
  EXPECT_EQ(ask("SELECT sum(amount) FROM sales WHERE year = 2025"), (Lines{"2"}));
}

TEST_F(DuckDbFolder, DatabasesAreJoinedByTheirNames) {
  copy("SELECT 1 AS id, 100 AS balance", "accounts_db/accounts.parquet");
  EXPECT_EQ(ask("SELECT name, balance FROM people JOIN accounts_db.accounts USING (id)"), (Lines{"Ada|100"}));
  EXPECT_EQ(ask("SELECT name FROM customer_db.people"), (Lines{"Ada"}));
  EXPECT_EQ(ask("SELECT name FROM main.people"), (Lines{"Ada"}));
  EXPECT_TRUE(ask("SELECT * FROM accounts").front().starts_with("not_found"));
  EXPECT_EQ(ask("SELECT table_name FROM information_schema.tables"), (Lines{"people"}));
}

TEST_F(DuckDbFolder, FilesThatComeChangeAndGoAreSeen) {
  EXPECT_EQ(ask("SELECT name FROM people"), (Lines{"Ada"}));
  copy("SELECT 9 AS n", "customer_db/latecomers.parquet");
  expect_soon("SELECT n FROM latecomers", {"9"});
  copy("SELECT 'Grace' AS name, 'x' AS other", "customer_db/people.parquet");
  expect_soon("SELECT * FROM people", {"Grace|x"});
  fs::remove(lake_ / "customer_db/people.parquet");
  expect_soon("SELECT name FROM (SHOW TABLES)", {"latecomers"});
}

// As a statement does that names what is not known, while others have the instance looked at all the time.
TEST_F(DuckDbFolder, FilesAreLookedAtAtOnceUnderLoad) {
  const auto api = load_library({});
  ASSERT_TRUE(api) << api.error().message;
  const auto options = read_options(config_of(lake_));
  ASSERT_TRUE(options) << options.error().message;
  Instances instances(*api, *options);
  Watch watch(*api);
  const InstanceKey key{.database = "customer_db", .named = {}};
  std::vector<std::jthread> others(2);
  for (std::jthread& other : others) {
    other = std::jthread([&](const std::stop_token& end) {
      RunControl control(watch);
      while (!end.stop_requested())
        static_cast<void>(instances.get(key, control));
    });
  }
  RunControl control(watch);
  auto known = instances.get(key, control);
  int missed = 0;
  for (int i = 0; known && i < 12; ++i) {
    test::write_file(lake_ / "customer_db" / ("new_" + std::to_string(i) + ".csv"), "a\n1\n");
    instances.look_soon_if_quick(key);
    auto next = instances.get(key, control);
    ASSERT_TRUE(next) << next.error().message;
    if (*next == *known) {
      ++missed;
      instances.look_soon(key);
      next = instances.get(key, control);
    }
    known = std::move(next);
  }
  EXPECT_TRUE(known);
  EXPECT_LE(missed, 1) << "a look that the machine interrupts is taken for a slow one, and no others";
}

TEST_F(DuckDbFolder, WhatCannotBeReadLeavesTheOthersWhole) {
  test::write_file(lake_ / "customer_db/broken.parquet", "no parquet");
  test::write_file(lake_ / "customer_db/people.tsv", "a second table\n");
  test::write_file(lake_ / "customer_db/what*.csv", "a\n1\n");
  EXPECT_EQ(ask("SELECT name FROM people"), (Lines{"Ada"}));
  EXPECT_TRUE(ask("SELECT * FROM broken").front().starts_with("invalid_data: the files of `broken`"));
  const auto info = door_->connection().server_info(Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->product, "DuckDB");
  for (const char* name : {"`broken`", "people.", "what*.csv"}) {
    EXPECT_TRUE(std::ranges::any_of(info->warnings, [&](const std::string& warning) {
      return warning.find(name) != std::string::npos;
    })) << name;
  }
  fs::remove_all(lake_ / "accounts_db");
  const auto lacking = door_->connection().server_info(Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(lacking);
  const Deadline patience = Deadline::after(std::chrono::seconds(10));
  while (door_->ask("SELECT 1", {}, "accounts_db") && !patience.expired())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(door_->ask("SELECT 1", {}, "accounts_db").error().code, ErrorCode::unavailable);
  EXPECT_EQ(ask("SELECT name FROM people"), (Lines{"Ada"}));
}

TEST_F(DuckDbFolder, ALibraryThatIsNotThereIsUnavailable) {
  DataSourceConfig config = config_of(lake_);
  config.connection.set("library", fs::path(folder_ / "nowhere.so"));
  const auto source = make_data_source(config, {});
  ASSERT_TRUE(source);
  const auto connection = (*source)->connect(Node{"primary"}, Deadline::never());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::unavailable);
  EXPECT_NE(connection.error().message.find("nowhere.so"), std::string::npos);
  EXPECT_NE(connection.error().hint.find("PENSTOCK_DUCKDB_LIBRARY"), std::string::npos);
}

// What the C API builds in the file is left to the keeper of the file: nobody may write it while it is read.
TEST_F(DuckDbFolder, InstancesAreSharedAndLetGo) {
  open();
  auto second = door_->source().connect(Node{"primary"}, Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(second) << second.error().message;
  std::vector<std::thread> threads;
  std::vector<Result<DatabaseSchema>> seen(2, fail(ErrorCode::internal, "not asked"));
  Connection* connections[] = {&door_->connection(), second->get()};
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&seen, &connections, i] {
      seen[i] =
          connections[i]->introspect("customer_db", "people", Deadline::after(std::chrono::seconds(10)));
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const auto& schema : seen) {
    ASSERT_TRUE(schema) << schema.error().message;
    EXPECT_EQ(schema->tables.size(), 1U);
  }
}

}  // namespace
}  // namespace penstock::duckdb

#endif
