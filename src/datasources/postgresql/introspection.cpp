// What a schema holds: one round trip, and one more where types are met for the first time.
#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "core/nearest.hpp"
#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/errors.hpp"

namespace penstock::postgresql {

namespace {

// Each takes the schema's name, the table's, which is null for all of them, and that of the role who looks,
// which is null for whoever connects.
// Partitions are left out but when asked for by name: who reads a table has no need of its parts.
#define PENSTOCK_RELATIONS                                                            \
  "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1 " \
  "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "                                       \
  "AND ($3::text IS NULL OR has_table_privilege($3, c.oid, 'SELECT') "                \
  "OR has_any_column_privilege($3, c.oid, 'SELECT')) "                                \
  "AND ($3 IS NULL OR has_schema_privilege($3, n.oid, 'USAGE')) "                     \
  "AND CASE WHEN $2::text IS NULL THEN NOT c.relispartition ELSE c.relname = $2 END "

constexpr std::string_view kRelations =
    "SELECT c.relname, c.relkind, d.description, CASE "
    "WHEN c.reltuples >= 0 AND c.relkind IN ('r', 'm', 'p', 'f') THEN c.reltuples::int8 "
    "WHEN c.relkind = 'p' THEN (SELECT sum(l.reltuples)::int8 FROM pg_partition_tree(c.oid) t "
    "JOIN pg_class l ON l.oid = t.relid WHERE t.isleaf AND l.reltuples >= 0) END " PENSTOCK_RELATIONS
    "LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0 "
    "ORDER BY c.relname COLLATE \"C\"";
constexpr std::string_view kColumns =
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END, "
    "a.attgenerated <> '' OR a.attidentity = 'a', e.description, a.atttypid::int8 " PENSTOCK_RELATIONS
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "AND ($3 IS NULL OR has_column_privilege($3, c.oid, a.attnum, 'SELECT')) "
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
    "LEFT JOIN pg_description e ON e.objoid = c.oid AND e.classoid = 'pg_class'::regclass "
    "AND e.objsubid = a.attnum ORDER BY c.relname COLLATE \"C\", a.attnum";
// One row a column of a key, in the key's order.
constexpr std::string_view kKeys =
    "SELECT c.relname, k.conname, k.contype, a.attname, fn.nspname, f.relname, fa.attname, k.confupdtype, "
    "k.confdeltype " PENSTOCK_RELATIONS
    "JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'f') "
    "CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS p(attnum, refers, at) "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum "
    "LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace "
    "LEFT JOIN pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = p.refers "
    "ORDER BY c.relname COLLATE \"C\", k.conname COLLATE \"C\", p.at";
constexpr std::string_view kIndexes =
    "SELECT c.relname, i.relname, x.indisunique, x.indisprimary, pg_get_expr(x.indpred, x.indrelid), "
    "coalesce(a.attname, pg_get_indexdef(x.indexrelid, p.at::int4, true)) " PENSTOCK_RELATIONS
    "JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid "
    "CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS p(attnum, at) "
    "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum AND p.attnum > 0 "
    "WHERE p.at <= x.indnkeyatts ORDER BY c.relname COLLATE \"C\", i.relname COLLATE \"C\", p.at";
// The labels of the enums that the columns are of, or lists of, or domains over.
constexpr std::string_view kLabels =
    "SELECT t.oid::int8, e.enumlabel FROM (SELECT DISTINCT a.atttypid AS type " PENSTOCK_RELATIONS
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) u "
    "JOIN pg_type t ON t.oid = u.type "
    "JOIN pg_enum e ON e.enumtypid IN (t.oid, t.typelem, t.typbasetype) ORDER BY 1, e.enumsortorder";
constexpr std::string_view kSchema =
    "SELECT obj_description(n.oid, 'pg_namespace') FROM pg_namespace n "
    "WHERE n.nspname = $1 AND ($2::text IS NULL OR true) AND ($3::text IS NULL OR true)";
#undef PENSTOCK_RELATIONS

constexpr std::array kQueries{kRelations, kColumns, kKeys, kIndexes, kLabels, kSchema};

using TextRow = TextRows::value_type;

const std::string& text(const TextRow& row, std::size_t column) {
  static const std::string none;
  return row[column] ? *row[column] : none;
}

template <typename T>
std::optional<T> number(const std::optional<std::string>& text) {
  T value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc()) {
    return std::nullopt;
  }
  return value;
}

// pg_class.relkind
TableKind kind_of(char kind) {
  switch (kind) {
    case 'v':
      return TableKind::view;
    case 'm':
      return TableKind::materialized_view;
    case 'p':
      return TableKind::partitioned_table;
    case 'f':
      return TableKind::foreign_table;
    default:
      return TableKind::table;
  }
}

// pg_constraint.confupdtype and confdeltype
std::string action(char code) {
  switch (code) {
    case 'r':
      return "RESTRICT";
    case 'c':
      return "CASCADE";
    case 'n':
      return "SET NULL";
    case 'd':
      return "SET DEFAULT";
    default:
      return "NO ACTION";
  }
}

class Reading {
 public:
  Reading(DatabaseSchema& schema, const Options& options) : schema_(schema), options_(options) {}

  void relations(const TextRows& rows) {
    for (const TextRow& row : rows) {
      TableInfo table;
      table.name = text(row, 0);
      table.kind = kind_of(text(row, 1).front());
      table.comment = text(row, 2);
      table.estimated_rows = number<std::int64_t>(row[3]);
      by_name_.emplace(table.name, schema_.tables.size());
      schema_.tables.push_back(std::move(table));
    }
  }
  void labels(const TextRows& rows) {
    for (const TextRow& row : rows)
      labels_[text(row, 0)].push_back(text(row, 1));
  }
  void columns(const TextRows& rows, const TypeMap& types) {
    for (const TextRow& row : rows) {
      TableInfo* table = find(text(row, 0));
      if (table == nullptr) continue;
      ColumnInfo column;
      column.name = text(row, 1);
      column.native_type = text(row, 2);
      column.nullable = text(row, 3) != "t";
      column.default_value = row[4];
      column.generated = text(row, 5) == "t";
      column.comment = text(row, 6);
      const Codec* codec = types.find(number<Oid>(row[7]).value_or(0));
      column.type = codec != nullptr ? codec->type : DataType(TypeId::string);
      if (const auto labels = labels_.find(text(row, 7)); labels != labels_.end()) {
        column.labels = labels->second;
      }
      mask(table->name, column);
      table->columns.push_back(std::move(column));
    }
  }
  void keys(const TextRows& rows) {
    for (const TextRow& row : rows) {
      TableInfo* table = find(text(row, 0));
      if (table == nullptr) continue;
      if (text(row, 2) == "p") {
        table->primary_key.push_back(text(row, 3));
        continue;
      }
      if (table->foreign_keys.empty() || table->foreign_keys.back().name != text(row, 1)) {
        ForeignKeyInfo key;
        key.name = text(row, 1);
        key.referenced_database = logical_name(text(row, 4));
        key.referenced_table = text(row, 5);
        key.on_update = action(text(row, 7).front());
        key.on_delete = action(text(row, 8).front());
        table->foreign_keys.push_back(std::move(key));
      }
      table->foreign_keys.back().columns.push_back(text(row, 3));
      table->foreign_keys.back().referenced_columns.push_back(text(row, 6));
    }
  }
  void indexes(const TextRows& rows) {
    for (const TextRow& row : rows) {
      TableInfo* table = find(text(row, 0));
      if (table == nullptr) continue;
      if (table->indexes.empty() || table->indexes.back().name != text(row, 1)) {
        IndexInfo index;
        index.name = text(row, 1);
        index.unique = text(row, 2) == "t";
        index.primary = text(row, 3) == "t";
        index.predicate = text(row, 4);
        table->indexes.push_back(std::move(index));
      }
      table->indexes.back().columns.push_back(text(row, 5));
    }
  }

 private:
  // As its values are seen: what they are made of says something of them too.
  void mask(const std::string& table, ColumnInfo& column) const {
    for (const TableMask& masked : options_.config.masks) {
      if (masked.table != table || masked.database != schema_.database) continue;
      const auto mask = std::ranges::find(masked.columns, column.name, &ColumnMask::column);
      if (mask == masked.columns.end()) continue;
      column.masked = to_string(mask->rule);
      column.labels.clear();
      column.default_value.reset();
      if (mask->rule != MaskRule::hash && mask->rule != MaskRule::partial) continue;
      column.type = DataType(TypeId::string);
      column.native_type = "text";
    }
  }

  [[nodiscard]] std::string logical_name(const std::string& schema) const {
    for (const LogicalDatabase& database : options_.config.databases) {
      if (database.physical == schema) return database.name == schema_.database ? "" : database.name;
    }
    return schema;
  }
  TableInfo* find(const std::string& name) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &schema_.tables[found->second];
  }

  DatabaseSchema& schema_;
  const Options& options_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::vector<std::string>> labels_;  // by the number of the type
};

Error unknown_table(std::string_view table, const DatabaseSchema& schema) {
  std::vector<std::string> names;
  for (const TableInfo& known : schema.tables)
    names.push_back(known.name);
  const auto nearest = nearest_name(table, names);
  return fail(ErrorCode::not_found,
              "database '" + schema.database + "' has no table '" + std::string(table) + "'",
              nearest ? "Did you mean '" + std::string(*nearest) + "'?" : "")
      .error();
}

}  // namespace

Result<DatabaseSchema> PostgresConnection::introspect(std::string_view database, std::string_view table,
                                                      Deadline deadline) {
  return introspect_as({}, database, table, deadline);
}

Result<DatabaseSchema> PostgresConnection::introspect_as(std::string_view role, std::string_view database,
                                                         std::string_view table, Deadline deadline) {
  const Options& options = shared_->options;
  const std::string* schema_name = options.schema_of(database);
  if (schema_name == nullptr) {
    return fail(ErrorCode::not_found, "the datasource has no database '" + std::string(database) + "'");
  }
  const Run run(*session_, {});
  TextParameters parameters{*schema_name, std::nullopt, std::nullopt};
  if (!table.empty()) parameters[1] = table;
  if (!role.empty()) parameters[2] = role;
  for (const std::string_view query : kQueries)
    session_->request().query(query, parameters);
  session_->request().sync();
  std::vector<TextRows> results;
  for (std::size_t i = 0; i < kQueries.size(); ++i) {
    auto rows = session_->finish_query(deadline);
    if (!rows) return std::unexpected(failed(std::move(rows.error()), deadline));
    results.push_back(std::move(*rows));
  }
  if (auto drained = session_->drain(deadline); !drained) {
    return std::unexpected(failed(std::move(drained.error()), deadline));
  }
  const auto& [relations, columns, keys, indexes, labels, schemas] =
      std::tie(results[0], results[1], results[2], results[3], results[4], results[5]);
  if (schemas.empty()) {
    return fail(ErrorCode::not_found, "the server has no schema '" + *schema_name + "' for the database '" +
                                          std::string(database) + "'");
  }
  std::vector<Oid> types;
  for (const TextRow& row : columns)
    types.push_back(number<Oid>(row[7]).value_or(0));
  std::ranges::sort(types);
  types.erase(std::ranges::unique(types).begin(), types.end());
  if (auto learnt = learn_types(types, deadline); !learnt) {
    return std::unexpected(failed(std::move(learnt.error()), deadline));
  }

  DatabaseSchema schema;
  schema.database = database;
  schema.comment = text(schemas.front(), 0);
  Reading reading(schema, options);
  reading.relations(relations);
  reading.labels(labels);
  reading.columns(columns, types_);
  reading.keys(keys);
  reading.indexes(indexes);
  if (table.empty() || !schema.tables.empty()) return schema;
  auto all = introspect_as(role, database, {}, deadline);
  if (!all) return all;
  return std::unexpected(unknown_table(table, *all));
}

}  // namespace penstock::postgresql
