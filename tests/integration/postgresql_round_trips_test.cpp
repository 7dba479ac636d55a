// How often a statement makes us wait for the server, which is what counts on a network.
#include <memory>
#include <optional>

#include "integration/postgresql_site.hpp"
#include "integration/round_trip_relay.hpp"

namespace penstock::test {
namespace {

class PostgresqlRoundTrips : public PostgresqlTest {
 protected:
  void SetUp() override {
    PostgresqlTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    relay_ = std::make_unique<RoundTripRelay>(site().cluster().port());
    connect("read_only");
  }
  void TearDown() override { configure({}); }  // the connection goes before the relay
  void connect(const std::string& access) {
    configure({.connection = {{"max_pool_size", "1"},
                              {"port", std::to_string(relay_->port())},
                              {"sslmode", "disable"}},
               .datasource = {{"access", access}}});
  }
  // A connection that was idle for half a second is asked for a sign of life, which is not what is counted.
  void wake() {
    EXPECT_EQ(answer("SELECT 1"), "1");
    static_cast<void>(relay_->taken());
  }
  [[nodiscard]] int trips_of(std::string_view sql, const Params& params = {}) {
    wake();
    const QueryResult result = query(sql, params);
    EXPECT_TRUE(result.success) << sql << ": " << result.error;
    return relay_->taken();
  }
  [[nodiscard]] int trips_of_schema() {
    wake();
    EXPECT_TRUE(manager().schema("customer_db"));
    return relay_->taken();
  }

 private:
  std::unique_ptr<RoundTripRelay> relay_;
};

TEST_F(PostgresqlRoundTrips, OfReads) {
  constexpr const char* kByKey = "SELECT name FROM people WHERE id = $1";
  EXPECT_EQ(trips_of(kByKey, {1}), 2) << "it is prepared, and run";
  for (int i = 1; i <= 3; ++i)
    EXPECT_EQ(trips_of(kByKey, {i}), 1);
  EXPECT_EQ(trips_of("SELECT ARRAY[[1], [2]]"), 2);
  EXPECT_EQ(trips_of("SELECT ARRAY[[1], [2]]"), 1);
}

TEST_F(PostgresqlRoundTrips, OfWhatMustBeClearedAfterwards) {
  site().run("CREATE VIEW seen AS SELECT * FROM people");
  EXPECT_EQ(trips_of("SELECT count(*) FROM seen"), 2);
  EXPECT_EQ(trips_of("SELECT count(*) FROM seen"), 1) << "and the statement is still prepared";
  EXPECT_EQ(trips_of("SELECT name FROM people WHERE id = $1", {1}), 2);
  EXPECT_EQ(trips_of("SELECT count(*) FROM seen"), 1);
  EXPECT_EQ(trips_of("SELECT name FROM people WHERE id = $1", {1}), 1);
}

TEST_F(PostgresqlRoundTrips, OfWrites) {
  connect("read_write");
  constexpr const char* kInsert = "INSERT INTO people VALUES ($1, 'x')";
  EXPECT_EQ(trips_of(kInsert, {10}), 3) << "prepared, run, committed";
  EXPECT_EQ(trips_of(kInsert, {11}), 2);
  EXPECT_EQ(trips_of(kInsert, {12}), 2);
  EXPECT_EQ(trips_of("SELECT count(*) FROM people"), 2);
  EXPECT_EQ(trips_of("DELETE FROM people WHERE id >= $1 RETURNING id", {10}), 3);
  EXPECT_EQ(trips_of("SELECT count(*) FROM people"), 1);
}

TEST_F(PostgresqlRoundTrips, OfASchemaWhateverItsSize) {
  site().run(
      "CREATE TYPE mood AS ENUM ('sad', 'ok'); DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE "
      "customer_db.t%s (id int PRIMARY KEY, m customer_db.mood, p int REFERENCES customer_db.people)', i); "
      "END "
      "LOOP; END $$");
  EXPECT_EQ(trips_of_schema(), 2) << "one more for the type that is new";
  EXPECT_EQ(trips_of_schema(), 1);
}

}  // namespace
}  // namespace penstock::test
