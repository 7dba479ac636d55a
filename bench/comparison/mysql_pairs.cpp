// MariaDB: the same work by libmariadb's prepared statements and through Penstock.
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <mysql.h>

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"
#include "servers/mariadb_server.hpp"

namespace comparison {

namespace {

using penstock::test::MariadbServer;

constexpr int kPointQueries = 20'000;

struct Closer {
  void operator()(MYSQL* client) const { mysql_close(client); }
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};

// The rows of make_bank(), on a server that goes with the pairs.
std::shared_ptr<MariadbServer> make_server() {
  auto server = std::make_shared<MariadbServer>(
      MariadbServer::Options{.settings = {{"innodb-buffer-pool-size", "512M"}}, .files = {}});
  server->run(R"(
    CREATE DATABASE bench_db CHARACTER SET utf8mb4;
    USE bench_db;
    CREATE TABLE bench_db.entries (id bigint PRIMARY KEY, account bigint NOT NULL, amount double NOT NULL,
                                   name varchar(64) NOT NULL, note varchar(64), balance double NOT NULL)
      ENGINE=InnoDB;
    INSERT INTO bench_db.entries
    SELECT seq, seq * 7919 % 30011, (seq * 104729 % 1000003) / 100.0, CONCAT('Customer ', seq * 31 % 20011),
           IF(seq % 5 = 0, NULL, CONCAT('payment of invoice ', seq)), (seq * 15485863 % 10000019) / 100.0
    FROM seq_1_to_1000000;
    CREATE USER reader@'%';
    GRANT SELECT ON bench_db.* TO reader@'%')");
  return server;
}

std::shared_ptr<penstock::DataSourceManager> open_penstock(const std::string& directory,
                                                           const MariadbServer& server) {
  const std::string folder = directory + "/mysql";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/datasources.yaml") << fmt::format(
      "datasources:\n  bench:\n    type: mysql\n    statement_timeout: 10m\n"
      "    connection: {{host: 127.0.0.1, port: {}, user: reader, max_pool_size: 1, acquire_timeout: 1m}}\n"
      "    databases: [bench_db]\n",
      server.port());
  return open_manager(folder);
}

// One statement of one connection, with places for what its rows hold.
class BareStatement {
 public:
  BareStatement(const MariadbServer& server, std::string_view sql) : client_(mysql_init(nullptr)) {
    if (mysql_real_connect(client_.get(), "127.0.0.1", "reader", "", "bench_db", server.port(), nullptr, 0) ==
        nullptr) {
      give_up(mysql_error(client_.get()));
    }
    statement_.reset(mysql_stmt_init(client_.get()));
    if (mysql_stmt_prepare(statement_.get(), sql.data(), sql.size()) != 0) fail();
  }
  void bind_key() {
    MYSQL_BIND key{};
    key.buffer_type = MYSQL_TYPE_LONGLONG;
    key.buffer = &key_;
    if (mysql_stmt_bind_param(statement_.get(), &key) != 0) fail();
  }
  // 'i': an integer, 'd': a double, 't': a text.
  void bind_columns(std::string_view kinds) {
    kinds_ = kinds;
    std::array<MYSQL_BIND, kColumns> binds{};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      Place& place = places_[i];
      binds[i].buffer = place.bytes.data();
      binds[i].buffer_length = place.bytes.size();
      binds[i].length = &place.length;
      binds[i].is_null = &place.is_null;
      binds[i].buffer_type = kinds[i] == 'i'   ? MYSQL_TYPE_LONGLONG
                             : kinds[i] == 'd' ? MYSQL_TYPE_DOUBLE
                                               : MYSQL_TYPE_STRING;
    }
    if (mysql_stmt_bind_result(statement_.get(), binds.data()) != 0) fail();
  }
  void run(std::int64_t key, Checksum& checksum) {
    key_ = key;
    if (mysql_stmt_execute(statement_.get()) != 0) fail();
    int fetched = 0;
    while ((fetched = mysql_stmt_fetch(statement_.get())) == 0) {
      for (std::size_t i = 0; i < kinds_.size(); ++i)
        add(places_[i], kinds_[i], checksum);
    }
    if (fetched != MYSQL_NO_DATA) fail();
    mysql_stmt_free_result(statement_.get());
  }

 private:
  static constexpr std::size_t kColumns = 6;
  struct Place {
    std::array<char, 128> bytes{};
    unsigned long length = 0;
    my_bool is_null = 0;
  };
  template <typename T>
  static T number(const Place& place) {
    T value{};
    std::memcpy(&value, place.bytes.data(), sizeof value);
    return value;
  }
  static void add(const Place& place, char kind, Checksum& checksum) {
    if (place.is_null != 0) {
      checksum.add_null();
    } else if (kind == 'i') {
      checksum.add(number<std::int64_t>(place));
    } else if (kind == 'd') {
      checksum.add(number<double>(place));
    } else {
      checksum.add(std::string_view(place.bytes.data(), place.length));
    }
  }
  [[noreturn]] void fail() const { give_up(mysql_stmt_error(statement_.get())); }

  std::unique_ptr<MYSQL, Closer> client_;
  std::unique_ptr<MYSQL_STMT, Closer> statement_;
  std::int64_t key_ = 0;
  std::string_view kinds_;
  std::array<Place, kColumns> places_;
};

Side bare_point_queries(const std::shared_ptr<MariadbServer>& server) {
  auto statement = std::make_shared<BareStatement>(*server, kPointQuery);
  statement->bind_key();
  statement->bind_columns("itd");
  return [server, statement] {
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < kPointQueries; ++i)
      statement->run(keys.next(), checksum);
    return checksum.sum;
  };
}

Side bare_all_rows(const std::shared_ptr<MariadbServer>& server) {
  auto statement = std::make_shared<BareStatement>(*server, kAllRows);
  statement->bind_columns("iidttd");
  return [server, statement] {
    Checksum checksum;
    statement->run(0, checksum);
    return checksum.sum;
  };
}

}  // namespace

std::vector<Pair> mysql_pairs(const std::string& directory) {
  const std::shared_ptr<MariadbServer> server = make_server();
  const std::shared_ptr<penstock::DataSourceManager> manager = open_penstock(directory, *server);
  return {
      {"MariaDB: point query by key, pooled, READ ONLY, with time limit", "bare libmariadb, prepared once",
       "query", kPointQueries, 0.8, bare_point_queries(server),
       penstock_point_queries(manager, kPointQuery, kPointQueries)},
      {"MariaDB: 1,000,000 rows x 6 columns to batches", "bare libmariadb, every value read", "row",
       static_cast<double>(kRows), 0.8, bare_all_rows(server), penstock_all_rows(manager)},
  };
}

}  // namespace comparison
