// How often a statement makes us wait for the server, which is what counts on a network.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "integration/postgresql_site.hpp"
#include "integration/round_trip_relay.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using Trips = std::vector<int>;

class PostgresqlRoundTrips : public PostgresqlTest {
 protected:
  void TearDown() override {
    if (relay_ != nullptr) configure({});  // the connection goes before the relay
  }

  /// What the steps take, one after the other, from a new connection on. They must leave the data as it was:
  /// where one came so late that a sign of life may have been counted with it, all of them are repeated.
  void expect_trips(const Trips& expected, const std::function<Trips()>& steps,
                    const std::string& access = "read_only") {
    constexpr int kAttempts = 20;
    Trips trips;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      connect(access);
      came_late_ = false;
      trips = steps();
      if (!came_late_ || trips == expected) break;
    }
    EXPECT_EQ(trips, expected);
  }
  [[nodiscard]] int trips_of(std::string_view sql, const Params& params = {}) {
    return trips_of([&] {
      const QueryResult result = query(sql, params);
      EXPECT_TRUE(result.success) << sql << ": " << result.error;
    });
  }
  [[nodiscard]] int trips_of_schema() {
    return trips_of([&] { EXPECT_TRUE(manager().schema("customer_db")); });
  }

 private:
  // With a relay of its own, as the end of the connection before may reach the old one late.
  void connect(const std::string& access) {
    configure({});
    relay_ = std::make_unique<RoundTripRelay>(site().cluster().port());
    configure({.connection = {{"max_pool_size", "1"},
                              {"port", std::to_string(relay_->port())},
                              {"sslmode", "disable"}},
               .datasource = {{"access", access}}});
    EXPECT_EQ(answer("SELECT 1"), "1") << "so that no step waits for the connection";
  }
  // A connection that was idle for half a second is asked for a sign of life, which is not what is counted:
  // it is woken before.
  [[nodiscard]] int trips_of(const std::function<void()>& ask) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(answer("SELECT 1"), "1");
    static_cast<void>(relay_->taken());
    ask();
    const int trips = relay_->taken();
    came_late_ = came_late_ || std::chrono::steady_clock::now() - start > 400ms;
    return trips;
  }

  std::unique_ptr<RoundTripRelay> relay_;
  bool came_late_ = false;
};

TEST_F(PostgresqlRoundTrips, OfReads) {
  constexpr const char* kByKey = "SELECT name FROM people WHERE id = $1";
  constexpr const char* kArray = "SELECT ARRAY[[1], [2]]";
  // It is prepared, and run; from then on it is run.
  expect_trips({2, 1, 1, 1, 2, 1}, [&] {
    return Trips{trips_of(kByKey, {1}), trips_of(kByKey, {1}), trips_of(kByKey, {2}),
                 trips_of(kByKey, {3}), trips_of(kArray),      trips_of(kArray)};
  });
}

TEST_F(PostgresqlRoundTrips, OfWhatMustBeClearedAfterwards) {
  site().run("CREATE VIEW seen AS SELECT * FROM people");
  constexpr const char* kSeen = "SELECT count(*) FROM seen";
  constexpr const char* kByKey = "SELECT name FROM people WHERE id = $1";
  // What was prepared before the session was cleared still is.
  expect_trips({2, 1, 2, 1, 1}, [&] {
    return Trips{trips_of(kSeen), trips_of(kSeen), trips_of(kByKey, {1}), trips_of(kSeen),
                 trips_of(kByKey, {1})};
  });
}

TEST_F(PostgresqlRoundTrips, OfWrites) {
  constexpr const char* kInsert = "INSERT INTO people VALUES ($1, 'x')";
  constexpr const char* kCount = "SELECT count(*) FROM people";
  constexpr const char* kDelete = "DELETE FROM people WHERE id >= $1 RETURNING id";
  // A write is prepared, run, and committed.
  expect_trips(
      {3, 2, 2, 2, 3, 1},
      [&] {
        return Trips{trips_of(kInsert, {10}), trips_of(kInsert, {11}), trips_of(kInsert, {12}),
                     trips_of(kCount),        trips_of(kDelete, {10}), trips_of(kCount)};
      },
      "read_write");
}

TEST_F(PostgresqlRoundTrips, OfASchemaWhateverItsSize) {
  site().run(
      "CREATE TYPE mood AS ENUM ('sad', 'ok'); DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE "
      "customer_db.t%s (id int PRIMARY KEY, m customer_db.mood, p int REFERENCES customer_db.people)', i); "
      "END "
      "LOOP; END $$");
  // One more for the type that is new.
  expect_trips({2, 1}, [&] { return Trips{trips_of_schema(), trips_of_schema()}; });
}

}  // namespace
}  // namespace penstock::test
