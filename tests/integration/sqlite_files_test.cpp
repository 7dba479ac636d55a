// Files that are missing, damaged, locked, replaced, or where nothing can be written.
#include <thread>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::HasSubstr;
using SqliteFiles = SqliteBank;

TEST_F(SqliteFiles, NamesTheFileThatIsMissing) {
  TestSource source(folder.path(), {"customer_db", "loans_db"});
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
  const Error error = source.error("SELECT 1", "loans_db");
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_EQ(error.message,
            "the file `loans_db.sqlite` of loans_db does not exist; check `path` in the configuration");
  EXPECT_FALSE(source.connection().broken()) << "the other databases are there";
  EXPECT_FALSE(std::filesystem::exists(folder / "loans_db.sqlite"));
  run_sql(folder / "loans_db.sqlite", "CREATE TABLE t (x)");
  EXPECT_EQ(source.text("SELECT count(*) FROM t", "loans_db"), "0") << "and it joins when it comes";
}

TEST_F(SqliteFiles, ConnectSaysSoWhenTheOnlyFileIsMissing) {
  TestSource source(folder / "nothing.sqlite", {"db"});
  const auto connection = source.source().connect(Node{"primary"}, Deadline::never());
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(std::filesystem::exists(folder / "nothing.sqlite"));
}

TEST_F(SqliteFiles, AFileThatIsNoDatabase) {
  std::ofstream(folder / "text.sqlite") << std::string(5000, 'x');
  TestSource source(folder.path(), {"customer_db", "text"});
  const Error error = source.error("SELECT 1", "text");
  EXPECT_EQ(error.code, ErrorCode::invalid_data);
  EXPECT_THAT(error.message, HasSubstr("the file of text is no SQLite database, or it is encrypted"));
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
}

TEST_F(SqliteFiles, ADamagedFile) {
  run_sql(folder / "bad.sqlite",
          "CREATE TABLE t (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
          "5000) INSERT INTO t SELECT "
          "hex(randomblob(50)) FROM n");
  std::filesystem::resize_file(folder / "bad.sqlite", 40'000);
  TestSource source(folder.path(), {"customer_db", "bad"});
  const Error error = source.error("SELECT * FROM t", "bad");
  EXPECT_EQ(error.code, ErrorCode::invalid_data) << error.message;
  EXPECT_THAT(error.message, HasSubstr("damaged"));
}

TEST_F(SqliteFiles, AnEmptyFileIsAnEmptyDatabase) {
  std::ofstream(folder / "empty.sqlite").flush();
  TestSource source(folder / "empty.sqlite", {"db"});
  EXPECT_EQ(source.text("SELECT count(*) FROM sqlite_schema", "db"), "0");
}

TEST_F(SqliteFiles, AFolderInPlaceOfAFile) {
  std::filesystem::create_directory(folder / "dir.sqlite");
  TestSource source(folder.path(), {"customer_db", "dir"});
  EXPECT_THAT(source.error("SELECT 1", "dir").message, HasSubstr("is not a regular file"));
}

TEST_F(SqliteFiles, ALockedFileIsToldAndServesAgain) {
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
  Locker locker(folder / "customer_db.sqlite");
  const Error error = source.error("SELECT count(*) FROM customers", "customer_db");
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_TRUE(error.retryable);
  EXPECT_EQ(error.message, "the file of customer_db is locked by another process; try again");
  EXPECT_FALSE(source.connection().broken());
  locker.release();
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
}

TEST_F(SqliteFiles, WaitsForALockUntilItIsFree) {
  TestSource source = bank();
  source.config.connection.set("busy_timeout", std::chrono::milliseconds(30'000));
  auto locker = std::make_unique<Locker>(folder / "customer_db.sqlite");
  std::jthread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    locker.reset();
  });
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
}

TEST_F(SqliteFiles, TheDeadlineEndsTheWaitForALock) {
  TestSource source = bank();
  source.config.connection.set("busy_timeout", std::chrono::milliseconds(30'000));
  EXPECT_EQ(source.text("SELECT 1", "customer_db"), "1");
  const Locker locker(folder / "customer_db.sqlite");
  source.deadline = Deadline::after(std::chrono::milliseconds(60));
  const Error error = source.error("SELECT count(*) FROM customers", "customer_db");
  EXPECT_EQ(error.code, ErrorCode::timeout);
  EXPECT_THAT(error.message, HasSubstr("lock"));
  EXPECT_TRUE(error.retryable);
}

TEST_F(SqliteFiles, NoticesAFileThatVanishes) {
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
  std::filesystem::remove(folder / "customer_db.sqlite");
  std::this_thread::sleep_for(std::chrono::milliseconds(110));  // it looks no more often than every 100 ms
  EXPECT_EQ(source.error("SELECT count(*) FROM customers", "customer_db").code, ErrorCode::unavailable);
  EXPECT_FALSE(std::filesystem::exists(folder / "customer_db.sqlite"));
}

TEST_F(SqliteFiles, NoticesAFileThatIsReplaced) {
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
  run_sql(folder / "new.sqlite", "CREATE TABLE customers (id INTEGER)");
  std::filesystem::rename(folder / "new.sqlite", folder / "customer_db.sqlite");
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "0");
}

TEST_F(SqliteFiles, SeesWhatOthersWrite) {
  TestSource source = bank();
  const std::string sql = "SELECT * FROM customers ORDER BY id DESC LIMIT 1";
  EXPECT_EQ(source.text(sql, "customer_db"), "2|Grace|1906-12-09|7");
  run_sql(folder / "customer_db.sqlite", "INSERT INTO customers (id, name) VALUES (3, 'Edsger')");
  EXPECT_EQ(source.text(sql, "customer_db"), "3|Edsger|NULL|NULL");
  run_sql(folder / "customer_db.sqlite", "ALTER TABLE customers ADD COLUMN vip BOOLEAN DEFAULT 1");
  EXPECT_EQ(source.text(sql, "customer_db"), "3|Edsger|NULL|NULL|true")
      << "also a column that came after it was prepared";
}

TEST_F(SqliteFiles, AnyNameAndPathWorks) {
  for (const std::string name :
       {"a b", "q?x", "hash#1", "100%25", "ünï", "semi;colon", "quo'te\"s", "amp&mode=rwc", "[x]"}) {
    const auto directory = folder / ("dir " + name);
    std::filesystem::create_directory(directory);
    run_sql(directory / (name + ".sqlite"), "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    TestSource source(directory, {name, "other"});
    EXPECT_EQ(source.text("SELECT x FROM " + std::string("\"") +
                              (name == "quo'te\"s" ? "quo'te\"\"s" : name) + "\".t",
                          name),
              "1")
        << name;
  }
}

TEST_F(SqliteFiles, FollowsASymbolicLink) {
  std::filesystem::create_symlink(folder / "customer_db.sqlite", folder / "link.db");
  TestSource source(folder / "link.db", {"db"});
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "db"), "2");
}

TEST_F(SqliteFiles, MakesAFileOnlyWhenToldTo) {
  TestSource source(folder / "made.sqlite", {"db"}, Access::read_write);
  EXPECT_FALSE(source.source().connect(Node{"primary"}, Deadline::never()));
  EXPECT_FALSE(std::filesystem::exists(folder / "made.sqlite"));
  TestSource maker(folder / "made.sqlite", {"db"}, Access::read_write);
  maker.config.connection.set("create", true);
  EXPECT_EQ(maker.text("CREATE TABLE t (x)", "db"), "");
  EXPECT_EQ(maker.text("SELECT count(*) FROM t", "db"), "0");
}

TEST_F(SqliteFiles, ReadsAWalDatabaseWhileItIsWritten) {
  run_sql(folder / "customer_db.sqlite", "PRAGMA journal_mode = WAL");
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "customer_db.sqlite").c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(writer, "BEGIN IMMEDIATE; INSERT INTO customers (name) VALUES ('x')", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  TestSource source = bank();
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "2");
  ASSERT_EQ(sqlite3_exec(writer, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(source.text("SELECT count(*) FROM customers", "customer_db"), "3");
  sqlite3_close(writer);
}

TEST_F(SqliteFiles, ReadsInAFolderThatCannotBeWritten) {
  run_sql(folder / "accounts_db.sqlite", "PRAGMA journal_mode = WAL");
  ::chmod(folder.path().c_str(), 0555);
  const std::string seen = as_nobody([&] {
    TestSource source = bank();
    return source.text("SELECT count(*) FROM customers", "customer_db") + " " +
           source.text("SELECT count(*) FROM accounts", "accounts_db") + " " +
           source.text("SELECT count(*) FROM customers, accounts_db.accounts", "customer_db");
  });
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(seen, "2 3 6");
}

TEST_F(SqliteFiles, SaysSoWhenALogCannotBeReadThere) {
  run_sql(folder / "accounts_db.sqlite", "PRAGMA journal_mode = WAL");
  sqlite3* writer = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "accounts_db.sqlite").c_str(), &writer), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(writer, "DELETE FROM accounts", nullptr, nullptr, nullptr), SQLITE_OK);
  // As after a crash of the writer: the log is left, its index is not.
  std::filesystem::copy_file(folder / "accounts_db.sqlite", folder / "left.sqlite");
  std::filesystem::copy_file(folder / "accounts_db.sqlite-wal", folder / "left.sqlite-wal");
  sqlite3_close(writer);
  ::chmod(folder.path().c_str(), 0555);
  const std::string seen = as_nobody([&] {
    TestSource source(folder.path(), {"customer_db", "left"});
    return source.text("SELECT count(*) FROM accounts", "left");
  });
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_THAT(seen, HasSubstr("unavailable: the file of left has a write-ahead log that cannot be read"));
}

TEST_F(SqliteFiles, SaysSoWhenAFileMayNotBeRead) {
  ::chmod((folder / "customer_db.sqlite").c_str(), 0000);
  ::chmod(folder.path().c_str(), 0755);
  const std::string seen = as_nobody([&] {
    TestSource source = bank();
    return source.text("SELECT 1", "accounts_db") + " " + source.text("SELECT 1", "customer_db");
  });
  EXPECT_EQ(seen,
            "1 unavailable: the file `customer_db.sqlite` of customer_db may not be read by this process");
}

TEST_F(SqliteFiles, ALockedFileKeepsNoOtherFromServing) {
  TestSource source = bank();
  source.config.connection.set("busy_timeout", std::chrono::milliseconds(600'000));
  const Locker locker(folder / "customer_db.sqlite");  // the first of the configuration
  EXPECT_EQ(source.text("SELECT count(*) FROM accounts", "accounts_db"), "3");
  EXPECT_TRUE(source.connection().probe(Deadline::after(std::chrono::seconds(10))));
}

TEST_F(SqliteFiles, AProbeOfALockedFileIsASignOfLife) {
  TestSource source(folder / "customer_db.sqlite", {"db"});
  source.config.connection.set("busy_timeout", std::chrono::milliseconds(600'000));
  const Locker locker(folder / "customer_db.sqlite");
  EXPECT_TRUE(source.connection().probe(Deadline::after(std::chrono::seconds(10))))
      << "and it waits for nothing";
  source.deadline = Deadline::after(std::chrono::milliseconds(30));
  EXPECT_EQ(
      source.error("SELECT 1 FROM customers", "db").message,
      "the file of db stayed locked by another process until the time limit of the statement; try again, "
      "or allow it more time");
}

TEST_F(SqliteFiles, NamesTheFileThatIsLockedAmongSeveral) {
  TestSource source = bank();
  const std::string_view sql = "SELECT count(*) FROM customers, accounts_db.accounts";
  EXPECT_EQ(source.text(sql, "customer_db"), "6");
  const Locker locker(folder / "accounts_db.sqlite");
  EXPECT_EQ(source.error(sql, "customer_db").message,
            "the file of accounts_db is locked by another process; try again");
}

TEST_F(SqliteFiles, NamesTheFolderThatIsMissing) {
  TestSource source(folder / "nowhere", {"customer_db", "accounts_db"});
  EXPECT_EQ(
      source.source().connect(Node{"primary"}, Deadline::never()).error().message,
      "the file `customer_db.sqlite` of customer_db does not exist, nor does its folder `nowhere`; check "
      "`path` in the configuration");
  TestSource maker(folder / "nowhere" / "new.sqlite", {"db"}, Access::read_write);
  maker.config.connection.set("create", true);
  EXPECT_EQ(
      maker.source().connect(Node{"primary"}, Deadline::never()).error().message,
      "the file `new.sqlite` of db cannot be made: its folder `nowhere` cannot be reached (No such file or "
      "directory), and `create` makes files, not folders");
}

TEST_F(SqliteFiles, SaysSoWhenAFileCannotBeMadeThere) {
  ::chmod(folder.path().c_str(), 0555);
  const std::string seen = as_nobody([&] {
    TestSource maker(folder / "new.sqlite", {"db"}, Access::read_write);
    maker.config.connection.set("create", true);
    return maker.source().connect(Node{"primary"}, Deadline::never()).error().message;
  });
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(seen, "the file `new.sqlite` of db cannot be made: this process may not write in its folder `" +
                      folder.path().filename().string() + "` (Permission denied)");
}

}  // namespace
}  // namespace penstock::sqlite
