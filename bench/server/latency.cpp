#include <algorithm>
#include <chrono>
#include <vector>

#include <fmt/format.h>

#include "comparison/bank.hpp"
#include "comparison/postgresql_bank.hpp"
#include "server/client.hpp"
#include "server/http_client.hpp"

namespace server_client {

namespace {

using Clock = std::chrono::steady_clock;

// As the server's tools have it.
constexpr const char* kPointQuery = "SELECT id, name, balance FROM bench_db.entries WHERE id = $1";
constexpr int kRounds = 41;
constexpr int kQueries = 250;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The median of what `ask(key)` takes, in microseconds.
template <typename Ask>
double median_of(int round, const Ask& ask) {
  std::vector<double> taken;
  for (int i = 0; i < kQueries; ++i) {
    const std::int64_t key = nth_key(std::int64_t{round} * kQueries + i);
    const auto started = Clock::now();
    ask(key);
    taken.push_back(std::chrono::duration<double, std::micro>(Clock::now() - started).count());
  }
  return median(std::move(taken));
}

}  // namespace

int measure_latency(std::uint16_t server, std::uint16_t postgresql, const std::string& directory,
                    const std::string& request_file) {
  const RequestTemplate request(request_file);
  const auto manager = comparison::open_manager(
      comparison::write_postgresql_configuration(directory, /*connections=*/10, postgresql));
  Connection connection(server);
  const auto by_library = [&](std::int64_t key) {
    const auto result = manager->execute_query(kPointQuery, "bench_db", {key});
    if (!result.success) comparison::give_up(result.error);
    for (const penstock::Row row : result.data) {
      if (row["name"].as<std::string_view>() != name_of(key))
        comparison::give_up("the library read another row");
    }
    if (result.row_count != 1) comparison::give_up("the library did not read one row");
  };
  const auto by_server = [&](std::int64_t key) { connection.ask(request.with_key(key), name_of(key)); };
  std::vector<double> library;
  std::vector<double> served;
  std::vector<double> added;
  // The first round warms up and is not counted.
  for (int round = 0; round <= kRounds; ++round) {
    const double alone = median_of(round, by_library);
    const double whole = median_of(round, by_server);
    if (round == 0) continue;
    library.push_back(alone);
    served.push_back(whole);
    added.push_back(whole - alone);
  }
  fmt::print(R"({{"library_us": {:.1f}, "server_us": {:.1f}, "added_us": {:.1f}}})"
             "\n",
             median(library), median(served), median(added));
  return 0;
}

}  // namespace server_client
