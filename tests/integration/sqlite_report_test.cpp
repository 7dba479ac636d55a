// What the driver reports of its files to `penstock check`.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "sqlite_bank.hpp"

namespace penstock::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SqliteReport : public SqliteBank {
 protected:
  static ServerInfo info_of(TestSource& source) {
    auto info = source.connection().server_info(Deadline::after(std::chrono::seconds(20)));
    EXPECT_TRUE(info);
    return info ? *info : ServerInfo{};
  }
  // "database: message" for each that cannot be served.
  static std::vector<std::string> failures_of(TestSource& source) {
    std::vector<std::string> seen;
    for (const DatabaseFailure& failure : info_of(source).failures)
      seen.push_back(failure.database + ": " + failure.error.message);
    return seen;
  }
};

TEST_F(SqliteReport, NamesEveryDatabaseThatCannotBeServed) {
  std::ofstream(folder / "text.sqlite") << std::string(5000, 'x');
  run_sql(folder / "locked.sqlite", "CREATE TABLE t (x)");
  const Locker locker(folder / "locked.sqlite");
  TestSource source(folder.path(), {"customer_db", "text", "missing", "locked", "accounts_db"});
  EXPECT_THAT(failures_of(source),
              ElementsAre("text: the file of text is no SQLite database, or it is encrypted",
                          "missing: the file `missing.sqlite` of missing does not exist; check `path` in the "
                          "configuration",
                          "locked: the file of locked is locked by another process; try again"));
}

TEST_F(SqliteReport, SeesADamagedSchema) {
  run_sql(folder / "bad.sqlite", "CREATE TABLE t (x)");
  run_sql(folder / "bad.sqlite",
          "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t ('");
  TestSource source(folder.path(), {"customer_db", "bad"});
  EXPECT_THAT(failures_of(source), ElementsAre(HasSubstr("bad: the file of bad is damaged")));
}

TEST_F(SqliteReport, MakesNoFile) {
  TestSource source(folder.path(), {"customer_db", "new_db"}, Access::read_write);
  source.config.connection.set("create", true);
  EXPECT_THAT(failures_of(source), IsEmpty()) << "it can be made";
  EXPECT_FALSE(std::filesystem::exists(folder / "new_db.sqlite"));
}

TEST_F(SqliteReport, SaysOnceWhatHoldsForSeveralFiles) {
  ::chmod((folder / "customer_db.sqlite").c_str(), 0666);
  TestSource source = bank();
  const ServerInfo info = info_of(source);
  EXPECT_EQ(info.product, "SQLite");
  EXPECT_EQ(info.version, sqlite3_libversion());
  EXPECT_THAT(info.warnings,
              ElementsAre("this process could write the files of customer_db and accounts_db, though their "
                          "access is read-only",
                          "every user of this machine may write the file of customer_db"));
}

TEST_F(SqliteReport, SaysWhenAFileCannotBeWrittenThatShould) {
  ::chmod(folder.path().c_str(), 0777);
  ::chmod((folder / "customer_db.sqlite").c_str(), 0444);
  ::chmod((folder / "accounts_db.sqlite").c_str(), 0666);
  const std::string seen = as_nobody([&] {
    TestSource source = bank(Access::read_write);
    std::string text;
    for (const std::string& warning : info_of(source).warnings)
      text += warning + "\n";
    return text;
  });
  EXPECT_THAT(seen,
              HasSubstr("this process may not write the file of customer_db, or beside it, so every write "
                        "will fail though the access is read_write\n"));
}

}  // namespace
}  // namespace penstock::sqlite
