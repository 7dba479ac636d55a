#include "demo/mongodb_database.hpp"

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <variant>

namespace penstock::demo {

namespace {

constexpr std::int64_t kDayMilliseconds = 86'400'000;
// A server takes 48 MB and 100,000 documents at once; this many make the calls few.
constexpr std::uint32_t kInsertBytes = 4U << 20U;
constexpr int kInsertDocuments = 10'000;

int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

// A document or array that is being written.
class Writer {
 public:
  Writer() { bson_init(&document_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { bson_destroy(&document_); }
  [[nodiscard]] bson_t* get() noexcept { return &document_; }

 private:
  bson_t document_;
};

void run(mongoc_client_t* server, const std::string& database, bson_t* command) {
  bson_error_t error;
  Writer ignored;
  bson_destroy(ignored.get());
  if (!mongoc_client_command_simple(server, database.c_str(), command, nullptr, ignored.get(), &error))
    throw std::runtime_error(database + ": " + error.message);
}

void append_json(bson_t* document, std::string_view key, const std::string& text) {
  const std::string wrapped = "{\"v\":" + text + "}";
  bson_error_t error;
  bson_t* parsed = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(wrapped.data()),
                                      static_cast<ssize_t>(wrapped.size()), &error);
  if (parsed == nullptr) throw std::runtime_error(text + ": " + error.message);
  bson_iter_t at;
  if (bson_iter_init_find(&at, parsed, "v")) bson_append_iter(document, key.data(), length_of(key), &at);
  bson_destroy(parsed);
}

void append_value(bson_t* document, std::string_view key, const Value& value) {
  const char* name = key.data();
  const int length = length_of(key);
  std::visit(
      [&]<typename T>(const T& held) {
        if constexpr (std::is_same_v<T, std::monostate>) {
          bson_append_null(document, name, length);
        } else if constexpr (std::is_same_v<T, bool>) {
          bson_append_bool(document, name, length, held);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          bson_append_int64(document, name, length, held);
        } else if constexpr (std::is_same_v<T, double>) {
          bson_append_double(document, name, length, held);
        } else if constexpr (std::is_same_v<T, Decimal>) {
          bson_decimal128_t number;
          if (!bson_decimal128_from_string(held.text.c_str(), &number)) throw std::runtime_error(held.text);
          bson_append_decimal128(document, name, length, &number);
        } else if constexpr (std::is_same_v<T, std::string>) {
          bson_append_utf8(document, name, length, held.data(), length_of(held));
        } else if constexpr (std::is_same_v<T, Date>) {
          bson_append_date_time(document, name, length, held.days * kDayMilliseconds);
        } else if constexpr (std::is_same_v<T, Timestamp>) {
          bson_append_date_time(document, name, length, held.microseconds / 1'000);
        } else if constexpr (std::is_same_v<T, Json>) {
          append_json(document, key, held.text);
        } else {
          throw std::logic_error("the demo bank has no such values: " + value.to_text());
        }
      },
      value.storage());
}

// The place among a row's values of a key of one column; -1 of any other.
int place_of_key(const Table& table) {
  if (table.primary_key.size() != 1) return -1;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].name == table.primary_key.front()) return static_cast<int>(i);
  return -1;
}

/// Feeds rows to one collection, many in a command.
class InsertSink : public RowSink {
 public:
  InsertSink(mongoc_client_t* server, const std::string& database, const Table& table)
      : server_(server), database_(database), table_(table), key_(place_of_key(table)) {}

  using RowSink::add;
  void add(std::span<const Value> row) override {
    if (row.size() != table_.columns.size()) throw std::logic_error("a row of another width than its table");
    bson_t document;
    bson_append_document_begin(documents_.get(), std::to_string(waiting_).c_str(), -1, &document);
    if (key_ >= 0) append_value(&document, "_id", row[static_cast<std::size_t>(key_)]);
    for (std::size_t i = 0; i < row.size(); ++i)
      append_value(&document, table_.columns[i].name, row[i]);
    bson_append_document_end(documents_.get(), &document);
    ++count_;
    if (++waiting_ >= kInsertDocuments || documents_.get()->len >= kInsertBytes) flush();
  }
  /// The number of rows.
  std::int64_t finish() {
    flush();
    return count_;
  }

 private:
  void flush() {
    if (waiting_ == 0) return;
    Writer command;
    BSON_APPEND_UTF8(command.get(), "insert", table_.name.c_str());
    BSON_APPEND_ARRAY(command.get(), "documents", documents_.get());
    run(server_, database_, command.get());
    bson_reinit(documents_.get());
    waiting_ = 0;
  }

  mongoc_client_t* server_;
  const std::string& database_;
  const Table& table_;
  const int key_;
  Writer documents_;
  int waiting_ = 0;
  std::int64_t count_ = 0;
};

// An index of MongoDB takes two nulls for equal, and one of SQL does not.
bool stays_unique(const Table& table, const Index& index) {
  for (const Column& column : table.columns)
    for (const std::string& name : index.columns)
      if (column.name == name && column.nullable) return false;
  return index.unique;
}

void create_index(mongoc_client_t* server, const std::string& database, const std::string& collection,
                  const std::vector<std::string>& columns, bool unique) {
  std::string name;
  Writer command;
  bson_t indexes;
  bson_t index;
  bson_t keys;
  BSON_APPEND_UTF8(command.get(), "createIndexes", collection.c_str());
  BSON_APPEND_ARRAY_BEGIN(command.get(), "indexes", &indexes);
  BSON_APPEND_DOCUMENT_BEGIN(&indexes, "0", &index);
  BSON_APPEND_DOCUMENT_BEGIN(&index, "key", &keys);
  for (const std::string& column : columns) {
    BSON_APPEND_INT32(&keys, column.c_str(), 1);
    name += (name.empty() ? "" : "_") + column;
  }
  bson_append_document_end(&index, &keys);
  BSON_APPEND_UTF8(&index, "name", name.c_str());
  BSON_APPEND_BOOL(&index, "unique", unique);
  bson_append_document_end(&indexes, &index);
  bson_append_array_end(command.get(), &indexes);
  run(server, database, command.get());
}

}  // namespace

MongodbPtr connect_mongodb(const std::string& uri) {
  mongoc_init();
  MongodbPtr server{mongoc_client_new(uri.c_str())};
  if (server == nullptr) throw std::runtime_error(uri + " is no connection string of MongoDB");
  return server;
}

RowCounts write_mongodb_database(const Database& database, mongoc_client_t* server) {
  Writer drop;
  BSON_APPEND_INT32(drop.get(), "dropDatabase", 1);
  run(server, database.name, drop.get());
  RowCounts counts;
  for (const Table& table : database.tables) {
    InsertSink sink(server, database.name, table);
    table.rows(sink);
    counts.emplace_back(table.name, sink.finish());
    if (place_of_key(table) < 0) create_index(server, database.name, table.name, table.primary_key, true);
    for (const Index& index : table.indexes)
      create_index(server, database.name, table.name, index.columns, stays_unique(table, index));
  }
  return counts;
}

}  // namespace penstock::demo
