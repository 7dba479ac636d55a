// MongoDB: the same work by libmongoc's find and through Penstock, on mongo-java-server, as no MongoDB can be
// had here.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <mongoc/mongoc.h>

#include "comparison/bank.hpp"
#include "comparison/checksum.hpp"
#include "comparison/comparison.hpp"
#include "servers/mongo_servers.hpp"

namespace comparison {

namespace {

using penstock::test::MongoAdmin;
using penstock::test::MongoServer;

constexpr int kPointQueries = 10'000;
constexpr const char* kFindOne =
    R"({"find": "entries", "filter": {"_id": {"$param": 1}}, "projection": {"name": 1, "balance": 1}})";

void append_entry(bson_t& entries, const std::string& key, std::int64_t id) {
  bson_t entry;
  bson_append_document_begin(&entries, key.c_str(), -1, &entry);
  BSON_APPEND_INT64(&entry, "_id", id);
  BSON_APPEND_INT64(&entry, "account", id * 7919 % 30011);
  BSON_APPEND_DOUBLE(&entry, "amount", static_cast<double>(id * 104729 % 1000003) / 100.0);
  BSON_APPEND_UTF8(&entry, "name", fmt::format("Customer {}", id * 31 % 20011).c_str());
  if (id % 5 == 0) {
    BSON_APPEND_NULL(&entry, "note");
  } else {
    BSON_APPEND_UTF8(&entry, "note", fmt::format("payment of invoice {}", id).c_str());
  }
  BSON_APPEND_DOUBLE(&entry, "balance", static_cast<double>(id * 15485863 % 10000019) / 100.0);
  bson_append_document_end(&entries, &entry);
}

// The rows of make_bank(), on a server that goes with the pairs.
std::shared_ptr<MongoServer> make_server() {
  constexpr std::int64_t kAtOnce = 20'000;
  auto server = std::make_shared<MongoServer>();
  MongoAdmin admin(server->port());
  for (std::int64_t first = 1; first <= kRows; first += kAtOnce) {
    bson_t command = BSON_INITIALIZER;
    bson_t entries;
    BSON_APPEND_UTF8(&command, "insert", "entries");
    BSON_APPEND_ARRAY_BEGIN(&command, "documents", &entries);
    for (std::int64_t i = 0; i < kAtOnce; ++i)
      append_entry(entries, std::to_string(i), first + i);
    bson_append_array_end(&command, &entries);
    admin.run("bench_db", command);
    bson_destroy(&command);
  }
  return server;
}

// libmongoc alone: one client, one collection.
class Bare {
 public:
  explicit Bare(std::shared_ptr<MongoServer> server) : server_(std::move(server)) {
    mongoc_init();
    client_ = mongoc_client_new(
        fmt::format("mongodb://127.0.0.1:{}/?directConnection=true", server_->port()).c_str());
    entries_ = mongoc_client_get_collection(client_, "bench_db", "entries");
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() {
    mongoc_collection_destroy(entries_);
    mongoc_client_destroy(client_);
  }
  /// Every value of what a find answers.
  void find(const bson_t& filter, const bson_t* options, Checksum& checksum) {
    mongoc_cursor_t* cursor = mongoc_collection_find_with_opts(entries_, &filter, options, nullptr);
    const bson_t* entry = nullptr;
    while (mongoc_cursor_next(cursor, &entry))
      add(*entry, checksum);
    bson_error_t error;
    if (mongoc_cursor_error(cursor, &error)) give_up(error.message);
    mongoc_cursor_destroy(cursor);
  }

 private:
  static void add(const bson_t& entry, Checksum& checksum) {
    bson_iter_t at;
    bson_iter_init(&at, &entry);
    while (bson_iter_next(&at)) {
      std::uint32_t length = 0;
      switch (bson_iter_type(&at)) {
        case BSON_TYPE_INT64:
          checksum.add(std::int64_t{bson_iter_int64(&at)});
          break;
        case BSON_TYPE_DOUBLE:
          checksum.add(bson_iter_double(&at));
          break;
        case BSON_TYPE_UTF8: {
          const char* text = bson_iter_utf8(&at, &length);
          checksum.add(std::string_view(text, length));
          break;
        }
        default:
          checksum.add_null();
      }
    }
  }

  std::shared_ptr<MongoServer> server_;
  mongoc_client_t* client_ = nullptr;
  mongoc_collection_t* entries_ = nullptr;
};

Side bare_point_queries(const std::shared_ptr<Bare>& bare) {
  return [bare] {
    bson_t options = BSON_INITIALIZER;
    bson_t projection;
    BSON_APPEND_DOCUMENT_BEGIN(&options, "projection", &projection);
    BSON_APPEND_INT32(&projection, "name", 1);
    BSON_APPEND_INT32(&projection, "balance", 1);
    bson_append_document_end(&options, &projection);
    Keys keys;
    Checksum checksum;
    for (int i = 0; i < kPointQueries; ++i) {
      bson_t filter = BSON_INITIALIZER;
      BSON_APPEND_INT64(&filter, "_id", keys.next());
      bare->find(filter, &options, checksum);
      bson_destroy(&filter);
    }
    bson_destroy(&options);
    return checksum.sum;
  };
}

Side bare_all_rows(const std::shared_ptr<Bare>& bare) {
  return [bare] {
    bson_t everything = BSON_INITIALIZER;
    bson_t options = BSON_INITIALIZER;
    // About what Penstock asks for; without it, this server sends everything at once, which is too much.
    BSON_APPEND_INT32(&options, "batchSize", 10'000);
    Checksum checksum;
    bare->find(everything, &options, checksum);
    bson_destroy(&options);
    bson_destroy(&everything);
    return checksum.sum;
  };
}

std::shared_ptr<penstock::DataSourceManager> open_penstock(const std::string& directory,
                                                           const MongoServer& server) {
  const std::string folder = directory + "/mongodb";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/datasources.yaml") << fmt::format(
      "datasources:\n  bench:\n    type: mongodb\n    statement_timeout: 10m\n"
      "    connection: {{host: 127.0.0.1, port: {}, max_pool_size: 1, acquire_timeout: 1m}}\n"
      "    databases: [bench_db]\n",
      server.port());
  return open_manager(folder);
}

}  // namespace

std::vector<Pair> mongodb_pairs(const std::string& directory) {
  if (const std::string missing = MongoServer::missing(); !missing.empty()) give_up(missing);
  const std::shared_ptr<MongoServer> server = make_server();
  const auto bare = std::make_shared<Bare>(server);
  const std::shared_ptr<penstock::DataSourceManager> manager = open_penstock(directory, *server);
  return {
      {"MongoDB (mongo-java-server): point query by key, pooled, checked twice, with time limit",
       "bare libmongoc, find", "query", kPointQueries, 0.8, bare_point_queries(bare),
       penstock_point_queries(manager, kFindOne, kPointQueries)},
      {"MongoDB (mongo-java-server): 1,000,000 documents x 6 fields to batches",
       "bare libmongoc, find, every value read", "row", static_cast<double>(kRows), 0.8, bare_all_rows(bare),
       penstock_all_rows(manager, kFindAll)},
  };
}

}  // namespace comparison
