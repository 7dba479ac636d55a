#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"

#if PENSTOCK_WITH_DUCKDB
#include "datasources/duckdb/handles.hpp"
#include "datasources/duckdb/own_statements.hpp"
#endif

namespace comparison {

#if PENSTOCK_WITH_DUCKDB

namespace {

namespace duckdb = penstock::duckdb;

constexpr int kPointQueries = 3'000;

// A session by the C API alone, read-only and with as many threads as Penstock's instance has by default.
class Bare {
 public:
  Bare(const std::string& file, bool writes) : database_(api_), connection_(api_) {
    duckdb::ConfigHandle config(api_);
    api_.create_config(config.out());
    api_.set_config(config.get(), "threads", "2");
    if (!writes) api_.set_config(config.get(), "access_mode", "READ_ONLY");
    if (api_.open_ext(file.c_str(), database_.out(), config.get(), nullptr) != DuckDBSuccess ||
        api_.connect(database_.get(), connection_.out()) != DuckDBSuccess) {
      give_up("cannot open the DuckDB database");
    }
  }
  void run(const std::string& sql) const {
    if (const auto done = duckdb::run_own(api_, connection_.get(), sql); !done) give_up(done.error().message);
  }
  [[nodiscard]] duckdb::PreparedHandle prepare(const char* sql) const {
    duckdb::ExtractedHandle extracted(api_);
    duckdb::PreparedHandle statement(api_);
    api_.extract_statements(connection_.get(), sql, extracted.out());
    if (api_.prepare_extracted_statement(connection_.get(), extracted.get(), 0, statement.out()) !=
        DuckDBSuccess)
      give_up("cannot prepare");
    return statement;
  }
  /// Every value of the rows, chunk by chunk.
  void read(duckdb_prepared_statement statement, Checksum& checksum) const {
    duckdb::PendingHandle pending(api_);
    api_.pending_prepared_streaming(statement, pending.out());
    duckdb::ResultHandle result(api_);
    if (api_.execute_pending(pending.get(), &result.get()) != DuckDBSuccess) give_up("cannot run");
    while (true) {
      const duckdb::ChunkHandle chunk(api_, api_.fetch_chunk(result.get()));
      if (!chunk) return;
      for (idx_t i = 0; i < api_.column_count(&result.get()); ++i)
        add(api_.data_chunk_get_vector(chunk.get(), i), api_.data_chunk_get_size(chunk.get()), checksum,
            result.get(), i);
    }
  }
  [[nodiscard]] const duckdb::Api& api() const { return api_; }

 private:
  static duckdb::Api functions() {
    auto api = duckdb::load_library({});
    if (!api) give_up(api.error().message);
    return *api;
  }
  void add(duckdb_vector vector, idx_t count, Checksum& checksum, duckdb_result& result, idx_t column) const {
    const std::uint64_t* validity = api_.vector_get_validity(vector);
    const void* data = api_.vector_get_data(vector);
    const duckdb::TypeHandle type(api_, api_.column_logical_type(&result, column));
    const duckdb_type id = api_.get_type_id(type.get());
    for (idx_t i = 0; i < count; ++i) {
      if (validity != nullptr && ((validity[i / 64] >> (i % 64)) & 1U) == 0) {
        checksum.add_null();
      } else if (id == DUCKDB_TYPE_BIGINT) {
        checksum.add(static_cast<const std::int64_t*>(data)[i]);
      } else if (id == DUCKDB_TYPE_DOUBLE) {
        checksum.add(static_cast<const double*>(data)[i]);
      } else {
        checksum.add(duckdb::text_of(static_cast<const duckdb_string_t*>(data)[i]));
      }
    }
  }

  duckdb::Api api_ = functions();
  duckdb::DatabaseHandle database_;
  duckdb::ConnectionHandle connection_;
};

std::string make_duckdb_bank(const std::string& directory) {
  const std::string folder = directory + "/duckdb";
  std::filesystem::create_directory(folder);
  const std::string file = folder + "/bench.duckdb";
  const Bare writer(file, true);
  writer.run(
      "CREATE TABLE entries (id BIGINT PRIMARY KEY, account BIGINT NOT NULL, amount DOUBLE NOT NULL, "
      "name VARCHAR NOT NULL, note VARCHAR, balance DOUBLE NOT NULL)");
  writer.run(
      "INSERT INTO entries SELECT i, i * 7919 % 30011, (i * 104729 % 1000003) / 100.0, "
      "'Customer ' || (i * 31 % 20011), CASE WHEN i % 5 = 0 THEN NULL ELSE 'payment of invoice ' || i END, "
      "(i * 15485863 % 10000019) / 100.0 FROM range(1, " +
      std::to_string(kRows + 1) + ") AS n(i)");
  std::ofstream(folder + "/datasources.yaml")
      << "datasources:\n  bench:\n    type: duckdb\n    connection: {path: bench.duckdb}\n"
         "    statement_timeout: 10m\n    databases: [{name: bench_db, schema: main}]\n";
  return folder;
}

}  // namespace

std::vector<Pair> duckdb_pairs(const std::string& directory) {
  const std::string folder = make_duckdb_bank(directory);
  const auto bare = std::make_shared<Bare>(folder + "/bench.duckdb", false);
  const auto point = std::make_shared<duckdb::PreparedHandle>(bare->prepare(kPointQuery));
  const auto all = std::make_shared<duckdb::PreparedHandle>(bare->prepare(kAllRows));
  const std::shared_ptr<penstock::DataSourceManager> manager = open_manager(folder);
  const Side point_queries = [bare, point] {
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < kPointQueries; ++i) {
      const duckdb::ValueHandle key(bare->api(), bare->api().create_int64(keys.next()));
      bare->api().bind_value(point->get(), 1, key.get());
      bare->read(point->get(), checksum);
    }
    return checksum.sum;
  };
  const Side all_rows = [bare, all] {
    Checksum checksum;
    bare->read(all->get(), checksum);
    return checksum.sum;
  };
  return {
      {"DuckDB: point query by key, pooled, read-only enforced", "bare C API, statement prepared once",
       "query", kPointQueries, 0.8, point_queries,
       penstock_point_queries(manager, kPointQuery, kPointQueries)},
      {"DuckDB: 1,000,000 rows x 6 columns to batches", "bare C API, every value read in its chunk", "row",
       static_cast<double>(kRows), 0.8, all_rows, penstock_all_rows(manager)},
  };
}

#else

std::vector<Pair> duckdb_pairs(const std::string&) {
  return {};
}

#endif

}  // namespace comparison
