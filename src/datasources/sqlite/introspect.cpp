#include "datasources/sqlite/introspect.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "penstock/utf8.hpp"

#include "core/nearest.hpp"
#include "datasources/sqlite/column_types.hpp"
#include "datasources/sqlite/definition.hpp"
#include "datasources/sqlite/lexer.hpp"
#include "datasources/sqlite/own_statement.hpp"

namespace penstock::sqlite {

namespace {

using Row = OwnStatements::Row;

std::string text_or_bytes(std::string_view text) {
  return is_valid_utf8(text) ? std::string(text) : "(not valid UTF-8)";
}

// Reads one database's schema. Made for one use.
class SchemaReader {
 public:
  explicit SchemaReader(Session& session) : session_(session), own_(session.handle(), session.authorizer()) {}

  Result<DatabaseSchema> run(std::string_view table) {
    schema_.database = session_.key().database;
    if (auto listed = list_tables(); !listed) return pass_error(listed);
    if (!table.empty()) {
      if (auto found = keep_one(table); !found) return pass_error(found);
    }
    for (TableInfo& info : schema_.tables)
      by_name_.emplace(info.name, &info);
    if (auto read = read_columns(); !read) return pass_error(read);
    if (auto read = read_foreign_keys(); !read) return pass_error(read);
    if (auto read = read_indexes(); !read) return pass_error(read);
    if (auto read = read_definitions(); !read) return pass_error(read);
    if (auto read = read_estimates(); !read) return pass_error(read);
    for (const auto& [name, reason] : unreadable_) {
      std::string& comment = find(name)->comment;
      comment += (comment.empty() ? "" : "; ") + reason;
    }
    return std::move(schema_);
  }

 private:
  // Runs a statement over the tables that are kept: all, or the one asked for.
  Result<void> query(const std::string& sql, const std::vector<std::string>& values,
                     const std::function<void(const Row&)>& each) {
    if (own_.run(sql, values, each)) return {};
    return std::unexpected(session_.step_error(sql));
  }
  [[nodiscard]] TableInfo* find(std::string_view table) const {
    const auto found = by_name_.find(table);
    return found == by_name_.end() ? nullptr : found->second;
  }
  // "FROM the kept tables of main", each called `t.name`; ?1 is the one table or NULL.
  [[nodiscard]] static std::string from_tables(std::string_view more) {
    return " FROM (SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage <> 0 AND (?1 = '' "
           "OR name = ?1)) AS "
           "t" +
           std::string(more);
  }

  Result<void> list_tables() {
    const std::string sql =
        "SELECT name, type FROM pragma_table_list WHERE schema = ?1 AND type <> 'shadow' AND name NOT LIKE "
        "'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    return query(sql, {session_.key().database}, [this](const Row& row) {
      TableInfo table;
      table.name = text_or_bytes(row.text(0));
      if (row.text(1) == "view") table.kind = TableKind::view;
      if (row.text(1) == "virtual") table.kind = TableKind::virtual_table;
      schema_.tables.push_back(std::move(table));
    });
  }

  Result<void> keep_one(std::string_view wanted) {
    const auto found = std::ranges::find_if(
        schema_.tables, [&](const TableInfo& table) { return same_name(table.name, wanted); });
    if (found != schema_.tables.end()) {
      TableInfo kept = std::move(*found);
      only_ = kept.name;
      schema_.tables.clear();
      schema_.tables.push_back(std::move(kept));
      return {};
    }
    std::vector<std::string> names;
    for (const TableInfo& table : schema_.tables)
      names.push_back(table.name);
    auto error =
        fail(ErrorCode::not_found, "there is no table `" + std::string(wanted) + "` in " + schema_.database);
    error.error().sqlstate = "42P01";
    if (const auto nearest = nearest_name(wanted, names))
      error.error().hint = "did you mean `" + std::string(*nearest) + "`?";
    return error;
  }

  Result<void> read_columns() {
    const std::string columns = "c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden";
    auto read = query("SELECT t.name, " + columns + from_tables(" JOIN pragma_table_xinfo(t.name) AS c"),
                      {only_}, [this](const Row& row) { add_column(row); });
    if (!read) return read;
    // These can fail one by one: a view of a table that is gone, a module that is not there. They have no
    // columns then.
    for (const TableInfo& table : schema_.tables) {
      if (table.kind == TableKind::table) continue;
      const bool known = own_.run("SELECT ?1, " + columns + " FROM pragma_table_xinfo(?1) AS c", {table.name},
                                  [this](const Row& row) { add_column(row); });
      if (!known) note_unreadable(table.name, failure_of(session_.handle()));
      if (auto go_on = session_.control().check(); !go_on) return go_on;
    }
    for (TableInfo& table : schema_.tables)
      settle_primary_key(table);
    return {};
  }

  // SQLite's words on a definition name only what the schema says.
  void note_unreadable(const std::string& table, const Failure& failure) {
    if (failure.primary() != SQLITE_ERROR) return;
    const std::string reason = text_or_bytes(failure.message);
    unreadable_[table] = "SQLite cannot resolve it: " + reason;
  }

  void add_column(const Row& row) {
    constexpr std::int64_t kHidden = 1;  // of a virtual table, for its own use
    const std::int64_t hidden = row.integer(6);
    TableInfo* table = find(row.text(0));
    if (table == nullptr || hidden == kHidden) return;
    ColumnInfo column;
    column.name = text_or_bytes(row.text(1));
    column.native_type = text_or_bytes(row.text(2));
    const TypeId type = type_of(mapping_of(column.native_type));
    column.type = type == TypeId::null ? TypeId::variant : type;
    column.nullable = row.integer(3) == 0;
    if (!row.is_null(4)) column.default_value = text_or_bytes(row.text(4));
    column.generated = hidden != 0;
    if (const std::int64_t place = row.integer(5); place > 0) {
      auto& key = keys_[table->name];
      key.emplace(place, column.name);
    }
    table->columns.push_back(std::move(column));
  }

  void settle_primary_key(TableInfo& table) {
    const auto key = keys_.find(table.name);
    if (key == keys_.end()) return;
    for (const auto& [place, column] : key->second)
      table.primary_key.push_back(column);
    // INTEGER PRIMARY KEY is the rowid, which is never null though nothing says so.
    if (table.primary_key.size() != 1) return;
    for (ColumnInfo& column : table.columns) {
      if (column.name == table.primary_key.front() && same_name(column.native_type, "INTEGER"))
        column.nullable = false;
    }
  }

  Result<void> read_foreign_keys() {
    std::map<std::pair<std::string, std::int64_t>, ForeignKeyInfo> keys;
    const std::string sql =
        "SELECT t.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete" +
        from_tables(" JOIN pragma_foreign_key_list(t.name) AS f ORDER BY t.name, f.id, f.seq");
    auto read = query(sql, {only_}, [&](const Row& row) {
      ForeignKeyInfo& key = keys[{std::string(row.text(0)), row.integer(1)}];
      key.referenced_table = text_or_bytes(row.text(2));
      key.columns.push_back(text_or_bytes(row.text(3)));
      if (!row.is_null(4)) key.referenced_columns.push_back(text_or_bytes(row.text(4)));
      key.on_update = row.text(5);
      key.on_delete = row.text(6);
    });
    if (!read) return read;
    // SQLite numbers them from the last; people write and read them from the first.
    for (auto at = keys.rbegin(); at != keys.rend(); ++at) {
      auto& [place, key] = *at;
      if (key.referenced_columns.empty()) key.referenced_columns = primary_key_of(key.referenced_table);
      if (TableInfo* table = find(place.first)) table->foreign_keys.push_back(std::move(key));
    }
    return {};
  }

  std::vector<std::string> primary_key_of(const std::string& table) {
    if (const TableInfo* known = find(table)) return known->primary_key;
    std::vector<std::string>
        columns;  // not read, as one table alone was asked for, or the table does not exist
    static_cast<void>(own_.run("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", {table},
                               [&](const Row& row) { columns.push_back(text_or_bytes(row.text(0))); }));
    return columns;
  }

  Result<void> read_indexes() {
    const std::string sql =
        "SELECT t.name, i.name, i.\"unique\", i.origin = 'pk', x.name, s.sql" +
        from_tables(
            " JOIN pragma_index_list(t.name) AS i JOIN pragma_index_xinfo(i.name) AS x LEFT JOIN "
            "main.sqlite_schema AS s ON "
            "s.type = 'index' AND s.name = i.name WHERE x.key = 1 ORDER BY t.name, i.name, x.seqno");
    return query(sql, {only_}, [this](const Row& row) {
      TableInfo* table = find(row.text(0));
      if (table == nullptr) return;
      const std::string name = text_or_bytes(row.text(1));
      if (table->indexes.empty() || table->indexes.back().name != name) {
        IndexInfo index;
        index.name = name;
        index.unique = row.integer(2) != 0;
        index.primary = row.integer(3) != 0;
        definition_ = row.is_null(5) ? IndexDefinition{} : index_definition(row.text(5));
        index.predicate = text_or_bytes(definition_.predicate);
        table->indexes.push_back(std::move(index));
      }
      std::vector<std::string>& columns = table->indexes.back().columns;
      const bool expression = row.is_null(4) && columns.size() < definition_.terms.size();
      columns.push_back(
          text_or_bytes(expression ? std::string_view(definition_.terms[columns.size()]) : row.text(4)));
    });
  }

  Result<void> read_definitions() {
    return query(
        "SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view') AND (?1 = '' OR name = ?1)",
        {only_}, [this](const Row& row) {
          TableInfo* table = find(row.text(0));
          // Without a mark there is no comment to look for.
          const std::string_view sql = row.text(1);
          if (table == nullptr ||
              (sql.find("--") == std::string_view::npos && sql.find("/*") == std::string_view::npos))
            return;
          if (!is_valid_utf8(sql)) return;
          DefinitionComments comments = comments_of(sql);
          table->comment = std::move(comments.table);
          for (ColumnInfo& column : table->columns) {
            const auto found = comments.columns.find(folded(column.name));
            if (found != comments.columns.end()) column.comment = found->second;
          }
        });
  }

  Result<void> read_estimates() {
    bool analyzed = false;
    auto asked = query("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'", {},
                       [&](const Row&) { analyzed = true; });
    if (!asked || !analyzed) return asked;
    // The first number is the rows of the index; of a partial one fewer than the table's, so the most counts.
    return query("SELECT tbl, stat FROM main.sqlite_stat1", {}, [this](const Row& row) {
      TableInfo* table = find(row.text(0));
      if (table == nullptr) return;
      const std::string_view stat = row.text(1);
      std::int64_t rows = 0;
      const auto [end, error] = std::from_chars(stat.data(), stat.data() + stat.size(), rows);
      if (error == std::errc{}) table->estimated_rows = std::max(table->estimated_rows.value_or(0), rows);
    });
  }

  Session& session_;
  OwnStatements own_;
  DatabaseSchema schema_;
  std::string only_;  // the one table that is wanted; empty: all
  std::map<std::string, TableInfo*, std::less<>> by_name_;
  std::map<std::string, std::map<std::int64_t, std::string>> keys_;
  std::map<std::string, std::string> unreadable_;  // why a view has no columns
  IndexDefinition definition_;                     // of the index that is being read
};

}  // namespace

Result<DatabaseSchema> read_schema(Session& session, std::string_view table) {
  return SchemaReader(session).run(table);
}

}  // namespace penstock::sqlite
