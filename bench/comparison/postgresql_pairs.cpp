#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <string_view>
#include <thread>

#include <libpq-fe.h>

#include "penstock/format.hpp"

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"
#include "comparison/postgresql_bank.hpp"
#include "comparison/psycopg_stack.hpp"

namespace comparison {

namespace {

constexpr int kPointQueries = 20'000;

struct Closer {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using Answer = std::unique_ptr<PGresult, Closer>;

Answer checked(PGconn* connection, PGresult* result, ExecStatusType expected) {
  Answer answer(result);
  if (PQresultStatus(answer.get()) != expected) give_up(PQerrorMessage(connection));
  return answer;
}

std::shared_ptr<PGconn> connect_bare(const PostgresqlBank& bank) {
  std::shared_ptr<PGconn> connection(PQconnectdb(bank.conninfo().c_str()), Closer{});
  if (PQstatus(connection.get()) != CONNECTION_OK) give_up(PQerrorMessage(connection.get()));
  checked(connection.get(), PQexec(connection.get(), "SET search_path = bench_db"), PGRES_COMMAND_OK);
  return connection;
}

template <typename T>
T from_network(const char* bytes) {
  std::array<char, sizeof(T)> raw{};
  for (std::size_t i = 0; i < sizeof(T); ++i)
    raw[i] = bytes[sizeof(T) - 1 - i];
  return std::bit_cast<T>(raw);
}

}  // namespace

Side bare_libpq_point_queries(const PostgresqlBank& bank, int count) {
  const auto connection = connect_bare(bank);
  checked(connection.get(), PQprepare(connection.get(), "point", kPostgresqlPointQuery, 0, nullptr),
          PGRES_COMMAND_OK);
  return [connection, count] {
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < count; ++i) {
      const std::string key = std::to_string(keys.next());
      const char* values[] = {key.c_str()};
      const Answer answer =
          checked(connection.get(), PQexecPrepared(connection.get(), "point", 1, values, nullptr, nullptr, 1),
                  PGRES_TUPLES_OK);
      for (int row = 0; row < PQntuples(answer.get()); ++row) {
        checksum.add(from_network<std::int64_t>(PQgetvalue(answer.get(), row, 0)));
        checksum.add(std::string_view(PQgetvalue(answer.get(), row, 1),
                                      static_cast<std::size_t>(PQgetlength(answer.get(), row, 1))));
        checksum.add(from_network<double>(PQgetvalue(answer.get(), row, 2)));
      }
    }
    return checksum.sum;
  };
}

namespace {

// What psycopg_stack.py sums up, too: every value read, and cheap in Python.
Side penstock_pooled_point_queries(const PostgresqlBank& bank, int threads) {
  auto manager = bank.open(threads);
  return [manager, threads] {
    std::atomic<std::uint64_t> sum = 0;
    {
      std::vector<std::jthread> workers;
      for (int worker = 0; worker < threads; ++worker) {
        workers.emplace_back([&, worker] {
          std::uint64_t mine = 0;
          Keys keys;
          for (int i = 0; i < kPointQueries; ++i) {
            const std::int64_t key = keys.next();
            if (i % threads != worker) continue;
            const auto result = manager->execute_query(kPostgresqlPointQuery, "bench_db", {key});
            if (!result.success) give_up(result.error);
            for (const auto& [id, name, balance] : result.data.as<std::int64_t, std::string_view, double>()) {
              mine += static_cast<std::uint64_t>(id) + name.size() + (balance < 0 ? 1 : 0);
            }
          }
          sum += mine;
        });
      }
    }
    return sum.load();
  };
}

Side bare_copy(const PostgresqlBank& bank) {
  const auto connection = connect_bare(bank);
  return [connection] {
    checked(
        connection.get(),
        PQexec(connection.get(), (std::string("COPY (") + kAllRows + ") TO STDOUT (FORMAT binary)").c_str()),
        PGRES_COPY_OUT);
    Checksum checksum;
    constexpr int kHeader = 19;  // of the whole, in the first message
    bool first = true;
    while (true) {
      char* data = nullptr;
      const int size = PQgetCopyData(connection.get(), &data, 0);
      if (size == -1) break;
      if (size < 0) give_up(PQerrorMessage(connection.get()));
      const std::unique_ptr<char, decltype(&PQfreemem)> owner(data, PQfreemem);
      const char* at = std::exchange(first, false) ? data + kHeader : data;
      if (at == data + size) continue;
      const int columns = from_network<std::int16_t>(at);
      at += 2;
      for (int column = 0; column < columns; ++column) {
        const auto length = from_network<std::int32_t>(at);
        at += 4;
        if (length < 0) {
          checksum.add_null();
          continue;
        }
        if (column < 2) {
          checksum.add(from_network<std::int64_t>(at));
        } else if (column == 2 || column == 5) {
          checksum.add(from_network<double>(at));
        } else {
          checksum.add(std::string_view(at, static_cast<std::size_t>(length)));
        }
        at += length;
      }
    }
    checked(connection.get(), PQgetResult(connection.get()), PGRES_COMMAND_OK);
    while (PQgetResult(connection.get()) != nullptr) {
    }
    return checksum.sum;
  };
}

// Keeps what it is given, as json.dumps() does.
class Text final : public penstock::ByteSink {
 public:
  [[nodiscard]] penstock::Result<void> write(std::string_view bytes) override {
    text_ += bytes;
    return {};
  }

 private:
  std::string text_;
};

// Returns the number of rows.
Side penstock_json(std::shared_ptr<penstock::DataSourceManager> manager) {
  return [manager = std::move(manager)] {
    Text sink;
    return static_cast<std::uint64_t>(write_rows(*manager, kAllRows, penstock::Format::json, sink));
  };
}

}  // namespace

std::vector<Pair> postgresql_pairs(const PostgresqlBank& bank, const std::shared_ptr<PsycopgStack>& psycopg) {
  const auto manager = bank.open(1);
  const std::string sample = std::string(kAllRows) + " ORDER BY id LIMIT 10000";
  psycopg->compare_json(sample, manager->execute_query(sample, "bench_db"));
  const std::string stack = "psycopg " + psycopg->version() + ", pooled, SET search_path a query";
  return {
      {"PostgreSQL: point query by key, pooled, READ ONLY, with search_path and time limit",
       "bare libpq, PQexecPrepared in a loop", "query", kPointQueries, 0.85,
       bare_libpq_point_queries(bank, kPointQueries),
       penstock_point_queries(manager, kPostgresqlPointQuery, kPointQueries)},
      {"PostgreSQL: the same, one thread", stack, "query", kPointQueries, 3,
       psycopg->side("point 1 " + std::to_string(kPointQueries)), penstock_pooled_point_queries(bank, 1)},
      {"PostgreSQL: the same, eight threads", stack, "query", kPointQueries, 4,
       psycopg->side("point 8 " + std::to_string(kPointQueries)), penstock_pooled_point_queries(bank, 8)},
      {"PostgreSQL: 1,000,000 rows x 6 columns to batches", "libpq, COPY in binary, every value read", "row",
       static_cast<double>(kRows), 0.8, bare_copy(bank), penstock_all_rows(manager)},
      {"PostgreSQL: the same to JSON", "psycopg dicts and json.dumps", "row", static_cast<double>(kRows), 6,
       psycopg->side(std::string("json ") + kAllRows), penstock_json(manager)},
  };
}

}  // namespace comparison
