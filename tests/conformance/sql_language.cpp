#include "conformance/sql_language.hpp"

#include <stdexcept>
#include <type_traits>

namespace penstock::conformance {

namespace {

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string hex(const std::vector<std::byte>& bytes) {
  std::string out;
  append_text(out, std::span(bytes));
  return out.substr(2);
}

}  // namespace

std::string SqlLanguage::quoted(std::string_view name) const {
  std::string out = "\"";
  for (const char c : name)
    out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string SqlLanguage::list(const std::vector<std::string>& names) const {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + quoted(name);
  return "(" + out + ")";
}

std::string SqlLanguage::rows(std::string_view table, std::string_view database) const {
  return "SELECT * FROM " + (database.empty() ? "" : quoted(database) + ".") + quoted(table);
}

std::string SqlLanguage::rows_equal(std::string_view table, std::string_view column) const {
  return rows(table) + " WHERE " + quoted(column) + " = " + placeholder(1);
}

std::string SqlLanguage::rows_equal_named(std::string_view table, std::string_view column,
                                          std::string_view parameter) const {
  return rows(table) + " WHERE " + quoted(column) + " = :" + std::string(parameter);
}

std::string SqlLanguage::rows_sorted(std::string_view table, std::string_view column) const {
  return rows(table) + " ORDER BY " + quoted(column);
}

std::string SqlLanguage::duplicate_columns(Deployment&, std::string_view) const {
  return "SELECT 'a' AS name, 'b' AS name, 'c' AS name_2";
}

std::string SqlLanguage::join(std::string_view left, std::string_view right_database, std::string_view right,
                              std::string_view column) const {
  return "SELECT l.*, r.* FROM " + quoted(left) + " AS l JOIN " + quoted(right_database) + "." +
         quoted(right) + " AS r ON l." + quoted(column) + " = r." + quoted(column) + " ORDER BY l." +
         quoted(column);
}

std::string SqlLanguage::insert(std::string_view table, std::size_t count) const {
  std::string values;
  for (std::size_t i = 1; i <= count; ++i)
    values += (i == 1 ? "" : ", ") + placeholder(i);
  return "INSERT INTO " + quoted(table) + " VALUES (" + values + ")";
}

std::string SqlLanguage::commented(std::string_view statement) const {
  const std::size_t space = statement.find(' ');
  return std::string(statement.substr(0, space)) + " /* ; DROP TABLE people; */ -- ' \" ?\n" +
         std::string(statement.substr(space)) + " -- :end";
}

std::string SqlLanguage::literal(const Value& value) const {
  return std::visit(
      [&]<typename T>(const T& held) -> std::string {
        if constexpr (std::is_same_v<T, Bytes>) {
          return "X'" + hex(held.data) + "'";
        } else if constexpr (std::is_same_v<T, Date>) {
          return "DATE " + quoted_text(value.to_text());
        } else if constexpr (std::is_same_v<T, Time>) {
          return "TIME " + quoted_text(value.to_text());
        } else if constexpr (std::is_same_v<T, Timestamp>) {
          return "TIMESTAMP " + quoted_text(value.to_text());
        } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Uuid> ||
                             std::is_same_v<T, Json> || std::is_same_v<T, Interval> ||
                             std::is_same_v<T, TimestampTz>) {
          return quoted_text(value.to_text());
        } else if constexpr (std::is_same_v<T, Value::List>) {
          throw std::logic_error("standard SQL has no literal for a list");
        } else {
          return value.to_text();  // NULL, truth values and numbers are written as they are shown
        }
      },
      value.storage());
}

std::string SqlLanguage::column_definition(const ColumnSpec& column) const {
  const auto type = column_type(column.type);
  if (!type)
    throw std::logic_error("the engine has no column of type " + std::string(to_string(column.type)));
  std::string out = quoted(column.name) + " " + *type;
  if (column.default_value) out += " DEFAULT " + literal(*column.default_value);
  if (!column.nullable) out += " NOT NULL";
  return out;
}

std::string SqlLanguage::insert_rows(const TableSpec& table) const {
  std::string out = "INSERT INTO " + quoted(table.name) + " VALUES ";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    std::string row;
    for (const Value& value : table.rows[i])
      row += (row.empty() ? "" : ", ") + literal(value);
    out += (i == 0 ? "(" : ", (") + row + ")";
  }
  return out;
}

std::vector<std::string> SqlLanguage::create_table(const TableSpec& table) const {
  std::string body;
  for (const ColumnSpec& column : table.columns)
    body += (body.empty() ? "" : ", ") + column_definition(column);
  if (!table.primary_key.empty()) body += ", PRIMARY KEY " + list(table.primary_key);
  for (const ForeignKeySpec& key : table.foreign_keys) {
    body += ", FOREIGN KEY " + list(key.columns) + " REFERENCES " + quoted(key.table) + " " +
            list(key.referenced) + " ON DELETE " + key.on_delete;
  }
  std::vector<std::string> statements{"CREATE TABLE " + quoted(table.name) + " (" + body + ")"};
  if (!table.rows.empty()) statements.push_back(insert_rows(table));
  for (const IndexSpec& index : table.indexes) {
    statements.push_back(std::string(index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") +
                         quoted(index.name) + " ON " + quoted(table.name) + " " + list(index.columns));
  }
  for (std::string& comment : comment_statements(table))
    statements.push_back(std::move(comment));
  return statements;
}

std::vector<std::string> SqlLanguage::comment_statements(const TableSpec&) const {
  return {};
}

}  // namespace penstock::conformance
