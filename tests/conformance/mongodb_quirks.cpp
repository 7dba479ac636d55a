#include "conformance/mongodb_quirks.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "conformance/sql_language.hpp"
#include "servers/mongo_servers.hpp"

namespace penstock::conformance {

namespace {

constexpr const char* kTypes = "https://www.mongodb.com/docs/manual/reference/bson-types/";
constexpr const char* kDocuments = "https://www.mongodb.com/docs/manual/core/document/";
constexpr const char* kOurs = "docs/mongodb.md";

// The columns that tables of this process were made with, by their names: a SELECT names them, as there would
// be an `_id` otherwise.
std::map<std::string, std::vector<std::string>, std::less<>>& columns_by_table() {
  static std::map<std::string, std::vector<std::string>, std::less<>> columns;
  return columns;
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool is_of_numbers(std::string_view table) {
  const auto found = columns_by_table().find(table);
  return found != columns_by_table().end() && found->second == std::vector<std::string>{"n", "filling"};
}

class MongodbLanguage final : public SqlLanguage {
 public:
  [[nodiscard]] std::string rows(std::string_view table, std::string_view database = {}) const override {
    std::string columns;
    // An aggregation of many documents, mongo-java-server answers at once and not batch by batch.
    if (database.empty() && is_of_numbers(table))
      return "{\"find\": " + json_text(table) + ", \"projection\": {\"_id\": 0}}";
    if (const auto found = columns_by_table().find(table); found != columns_by_table().end()) {
      for (const std::string& column : found->second)
        columns += (columns.empty() ? "" : ", ") + quoted(column);
    }
    return "SELECT " + (columns.empty() ? "*" : columns) + " FROM " +
           (database.empty() ? "" : quoted(database) + ".") + quoted(table);
  }
  [[nodiscard]] std::string rows_equal_named(std::string_view table, std::string_view column,
                                             std::string_view parameter) const override {
    return "{\"find\": " + json_text(table) + ", \"filter\": {" + json_text(column) +
           ": {\"$param\": " + json_text(parameter) + "}}, \"projection\": {\"_id\": 0}}";
  }
  [[nodiscard]] std::string duplicate_columns(Deployment& deployment,
                                              std::string_view database) const override {
    deployment.create_table(database, {.name = "twins",
                                       .columns = {{.name = "x"}, {.name = "y"}, {.name = "z"}},
                                       .rows = {{"a", "b", "c"}}});
    return "SELECT x AS name, y AS name, z AS name_2 FROM twins";
  }

 protected:
  [[nodiscard]] std::optional<std::string> column_type(TypeId type) const override {
    switch (type) {
      case TypeId::boolean:
      case TypeId::int64:
      case TypeId::float64:
      case TypeId::decimal:
      case TypeId::string:
      case TypeId::bytes:
      case TypeId::timestamp_tz:
      case TypeId::uuid:
      case TypeId::json:
        return std::string(to_string(type));
      default:
        return std::nullopt;
    }
  }
  [[nodiscard]] std::string placeholder(std::size_t index) const override {
    return "$" + std::to_string(index);
  }
};

// Written by itself, so that a defect of the driver cannot hide itself.
void append_value(bson_t& document, const std::string& key, const Value& value) {
  const auto length = static_cast<int>(key.size());
  std::visit(
      [&]<typename T>(const T& held) {
        if constexpr (std::is_same_v<T, std::monostate>) {
          bson_append_null(&document, key.c_str(), length);
        } else if constexpr (std::is_same_v<T, bool>) {
          bson_append_bool(&document, key.c_str(), length, held);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          bson_append_int64(&document, key.c_str(), length, held);
        } else if constexpr (std::is_same_v<T, double>) {
          bson_append_double(&document, key.c_str(), length, held);
        } else if constexpr (std::is_same_v<T, Decimal>) {
          bson_decimal128_t number;
          bson_decimal128_from_string(held.text.c_str(), &number);
          bson_append_decimal128(&document, key.c_str(), length, &number);
        } else if constexpr (std::is_same_v<T, std::string>) {
          bson_append_utf8(&document, key.c_str(), length, held.c_str(), static_cast<int>(held.size()));
        } else if constexpr (std::is_same_v<T, Bytes>) {
          bson_append_binary(&document, key.c_str(), length, BSON_SUBTYPE_BINARY,
                             reinterpret_cast<const std::uint8_t*>(held.data.data()),
                             static_cast<std::uint32_t>(held.data.size()));
        } else if constexpr (std::is_same_v<T, TimestampTz>) {
          bson_append_date_time(&document, key.c_str(), length, held.microseconds / 1'000);
        } else if constexpr (std::is_same_v<T, Uuid>) {
          bson_append_binary(&document, key.c_str(), length, BSON_SUBTYPE_UUID,
                             reinterpret_cast<const std::uint8_t*>(held.bytes.data()),
                             static_cast<std::uint32_t>(held.bytes.size()));
        } else {
          throw std::logic_error("BSON has no such type");
        }
      },
      value.storage());
}

class MongodbDeployment final : public Deployment {
 public:
  explicit MongodbDeployment(std::vector<std::string> databases)
      : databases_(std::move(databases)), relay_(server_.port()), admin_(server_.port()) {}

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection() const override {
    return {{"host", "127.0.0.1"}, {"port", std::to_string(relay_.port())}};
  }
  void create_table(std::string_view database, const TableSpec& table) override {
    std::vector<std::string>& columns = columns_by_table()[table.name];
    columns.clear();
    for (const ColumnSpec& column : table.columns)
      columns.push_back(column.name);
    admin_.run(database, "{\"create\": " + json_text(table.name) + "}");
    insert(database, table.name, table.rows.size(), [&](bson_t& document, std::size_t row) {
      for (std::size_t i = 0; i < columns.size(); ++i)
        append_value(document, columns[i], table.rows[row][i]);
    });
    for (const IndexSpec& index : table.indexes) {
      std::string keys;
      for (const std::string& column : index.columns)
        keys += (keys.empty() ? "" : ", ") + json_text(column) + ": 1";
      admin_.run(database, "{\"createIndexes\": " + json_text(table.name) + ", \"indexes\": [{\"key\": {" +
                               keys + "}, \"name\": " + json_text(index.name) +
                               ", \"unique\": " + (index.unique ? "true" : "false") + "}]}");
    }
  }
  void create_numbers(std::string_view database, std::string_view table, std::int64_t rows,
                      int width) override {
    columns_by_table()[std::string(table)] = {"n", "filling"};
    const std::string filling(static_cast<std::size_t>(width), 'x');
    insert(database, table, static_cast<std::size_t>(rows), [&](bson_t& document, std::size_t row) {
      const std::string digits = std::to_string(row + 1);
      append_value(document, "n", std::string(8 - digits.size(), '0') + digits);
      append_value(document, "filling", filling);
    });
  }
  [[nodiscard]] Statement endless_rows(std::string_view) override { return {R"({"find": "endless_rows"})"}; }
  [[nodiscard]] Statement endless_silence(std::string_view) override {
    return {R"({"find": "endless_silence"})"};
  }

  [[nodiscard]] std::string checksum() override {
    std::string out;
    for (const std::string& database : databases_) {
      out += database + admin_.ask(database, R"({"listCollections": 1})");
      for (const auto& [table, columns] : columns_by_table()) {
        out += table + admin_.ask(database, "{\"find\": " + json_text(table) +
                                                ", \"limit\": 1000, \"batchSize\": 1000}");
      }
    }
    return out + admin_.ask("admin", R"({"listDatabases": 1, "nameOnly": true})");
  }
  [[nodiscard]] std::int64_t open_connections() override { return relay_.open_connections(); }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> connection_without(
      std::string_view, std::string_view) override {
    return {};  // the relay refuses everyone such a collection, as its server knows no users
  }
  void end_sessions() override { relay_.cut(); }
  // What Penstock sees of it: nobody listens for a while. The server's data would go with its process.
  void crash() override {
    go_away();
    come_back();
  }
  void go_away() override { relay_.go_away(); }
  void come_back() override { relay_.come_back(); }

 private:
  // Some megabytes at a time.
  template <typename Fill>
  void insert(std::string_view database, std::string_view table, std::size_t rows, const Fill& fill) {
    constexpr std::size_t kMostBytes = 8U << 20U;
    for (std::size_t row = 0; row < rows;) {
      bson_t command = BSON_INITIALIZER;
      bson_t documents;
      bson_append_utf8(&command, "insert", -1, table.data(), static_cast<int>(table.size()));
      bson_append_array_begin(&command, "documents", -1, &documents);
      for (std::size_t i = 0; row < rows && i < 20'000 && documents.len < kMostBytes; ++i, ++row) {
        bson_t document;
        bson_append_document_begin(&documents, std::to_string(i).c_str(), -1, &document);
        fill(document, row);
        bson_append_document_end(&documents, &document);
      }
      bson_append_array_end(&command, &documents);
      admin_.run(database, command);
      bson_destroy(&command);
    }
  }

  const std::vector<std::string> databases_;
  test::MongoServer server_;
  test::MongoRelay relay_;
  test::MongoAdmin admin_;
};

void exclude_features(Quirks& quirks) {
  const Exclusion read_only{"a datasource of this type is only read", kOurs};
  quirks.without[Feature::writes] = read_only;
  quirks.without[Feature::constraints] = read_only;
  quirks.without[Feature::expressions] = {"every command reads a collection",
                                          "https://www.mongodb.com/docs/manual/reference/command/aggregate/"};
  quirks.without[Feature::joins] = {
      "$lookup joins collections of one database",
      "https://www.mongodb.com/docs/manual/reference/operator/aggregation/lookup/"};
  quirks.without[Feature::views] = {"mongo-java-server has none (MongoDB has)",
                                    "https://github.com/bwaldvogel/mongo-java-server"};
  quirks.without[Feature::primary_keys] = {"the key of a collection is its `_id`, and no other field",
                                           kDocuments};
  const Exclusion schemaless{"documents of a collection need not have the same fields", kDocuments};
  for (const Feature feature : {Feature::foreign_keys, Feature::column_defaults, Feature::declared_columns,
                                Feature::not_null, Feature::comments})
    quirks.without[feature] = schemaless;
  quirks.without[Feature::invalid_text] = {"strings of BSON are UTF-8, and mongo-java-server keeps to that",
                                           kTypes};
}

void name_imitations(Quirks& quirks) {
  quirks.imitated[Feature::permissions] = {
      "mongo-java-server knows no users: the suite sees MongoDB's answer to who has no right, given in its "
      "place",
      "https://www.mongodb.com/docs/manual/reference/error-codes/"};
}

void exclude_types(Quirks& quirks) {
  const auto none = [](std::string reason) { return Exclusion{std::move(reason), kTypes}; };
  quirks.without_types = {
      {TypeId::uint64, none("integers have 32 or 64 bits and a sign")},
      {TypeId::float32, none("a double has 64 bits")},
      {TypeId::date, none("a date is a moment in UTC")},
      {TypeId::time, none("there is no time of day")},
      {TypeId::timestamp, none("a date is a moment in UTC")},
      {TypeId::interval, none("there are no intervals")},
      {TypeId::list, none("an array holds values of any types, and comes as JSON")},
  };
  quirks.without_values = {
      {"decimal_38_digits", none("Decimal128 has 34 digits")},
      {"timestamp_tz_before_epoch", none("a date has milliseconds")},
      {"timestamp_tz_last", none("a date has milliseconds")},
      {"json_object", none("a document is kept, and not its text")},
      {"json_text", none("a text is a text, and no JSON")},
  };
}

Quirks quirks() {
  Quirks quirks;
  quirks.reply_bytes = 16 << 20;  // https://www.mongodb.com/docs/manual/reference/limits/
  quirks.reply_copies = 2;        // libmongoc's buffer, while it makes the answer of it
  quirks.own_column = "_id";
  quirks.a_stop_ends_the_session = true;  // docs/mongodb.md: the server ends what a lost session asked for
  exclude_features(quirks);
  name_imitations(quirks);
  exclude_types(quirks);
  quirks.attacks = mongodb_attacks();
  quirks.leaks = {
      {"other_database", "SELECT id FROM accounts_db.savings", "SELECT id FROM savings"},
      {"collation", R"({"find": "people", "collation": {"locale": "en", "strength": 1}})",
       R"({"count": "people", "query": {"name": "ADA"}})"},
      {"let", R"({"find": "people", "let": {"who": "p1"}})",
       R"({"find": "people", "filter": {"$expr": {"$eq": ["$id", "$$who"]}}})"},
  };
  quirks.two_statements = "SELECT * FROM people; SELECT * FROM people";
  quirks.minimum_executed = 239;
  return quirks;
}

}  // namespace

Engine mongodb_engine() {
  return {.name = "mongodb",
          .type = "mongodb",
          .quirks = quirks(),
          .language = std::make_shared<MongodbLanguage>(),
          .deploy = [](const std::vector<std::string>& databases) -> std::unique_ptr<Deployment> {
            return std::make_unique<MongodbDeployment>(databases);
          },
          .missing = test::MongoServer::missing()};
}

}  // namespace penstock::conformance
