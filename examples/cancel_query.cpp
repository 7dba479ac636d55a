// Stopping a query: from another thread, by a time limit, and by dropping its stream.
#include <chrono>
#include <iostream>
#include <stop_token>
#include <thread>

#include <penstock/manager.hpp>

#include "temporary_bank.hpp"

namespace {

using namespace std::chrono_literals;

// Counts for ever.
constexpr std::string_view kEndless =
    "WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter) SELECT n FROM counter";

}  // namespace

int main() {
  const example::TemporaryBank bank;
  auto loaded = penstock::DataSourceManager::load(bank.config());
  if (!loaded) {
    std::cerr << loaded.error().message << "\n";
    return 2;
  }
  auto& manager = **loaded;

  std::stop_source stop;
  std::jthread impatient([&stop] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });
  const auto cancelled = manager.execute_query(kEndless, "customer_db", {}, {.stop = stop.get_token()});
  std::cout << to_string(*cancelled.code) << "\n";

  const auto late = manager.execute_query(kEndless, "customer_db", {}, {.timeout = 50ms});
  std::cout << to_string(*late.code) << "\n";

  {
    auto stream = manager.stream_query(kEndless, "customer_db");
    const auto first = stream->next();
    std::cout << "first of the stream: " << (*first)->row(0)["n"].to_text() << "\n";
  }  // the query ends here, and its connection is free again

  const auto next = manager.execute_query("SELECT count(*) AS customers FROM customers", "customer_db");
  std::cout << "and it goes on: " << next.data[0]["customers"].to_text() << " customers\n";
  return next.success ? 0 : 1;
}
