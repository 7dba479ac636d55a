#include "demo/database.hpp"

#include <algorithm>
#include <utility>

namespace penstock::demo {

ColumnType varchar(int length) {
  return {"VARCHAR(" + std::to_string(length) + ")", TypeId::string};
}
ColumnType fixed_char(int length) {
  return {"CHAR(" + std::to_string(length) + ")", TypeId::string};
}
ColumnType text() {
  return {"TEXT", TypeId::string};
}
ColumnType integer() {
  return {"INTEGER", TypeId::int64};
}
ColumnType decimal(int digits, int fraction) {
  return {"DECIMAL(" + std::to_string(digits) + "," + std::to_string(fraction) + ")", TypeId::decimal};
}
ColumnType money() {
  return decimal(12, 2);
}
ColumnType date() {
  return {"DATE", TypeId::date};
}
ColumnType timestamp() {
  return {"TIMESTAMP", TypeId::timestamp};
}
ColumnType boolean() {
  return {"BOOLEAN", TypeId::boolean};
}
ColumnType json() {
  return {"JSON", TypeId::json};
}

Column required(std::string name, ColumnType type, std::string comment, std::string check) {
  return {std::move(name), std::move(type), std::move(comment), false, std::move(check)};
}

Column optional(std::string name, ColumnType type, std::string comment, std::string check) {
  return {std::move(name), std::move(type), std::move(comment), true, std::move(check)};
}

Column choice(std::string name, std::initializer_list<std::string_view> values, std::string comment) {
  std::string check = name + " IN (";
  std::string listed;
  for (const std::string_view value : values) {
    if (!listed.empty()) {
      check += ", ";
      listed += ", ";
    }
    check.append("'").append(value).append("'");
    listed += value;
  }
  return {std::move(name), varchar(30), std::move(comment) + ": " + listed, false, check + ")"};
}

namespace {

bool has_column(const Table& table, const std::string& name) {
  return std::ranges::find(table.columns, name, &Column::name) != table.columns.end();
}

std::string flaw_of(const Database& database, const Table& table) {
  if (table.comment.empty()) return "no comment";
  if (table.primary_key.empty()) return "no primary key";
  for (const Column& column : table.columns) {
    if (column.comment.empty()) return column.name + " has no comment";
    if (column.comment.find('\n') != std::string::npos)
      return column.name + " has a comment of several lines";
  }
  for (const std::string& name : table.primary_key) {
    if (!has_column(table, name)) return "the primary key names " + name;
  }
  for (const Index& index : table.indexes) {
    for (const std::string& name : index.columns) {
      if (!has_column(table, name)) return "an index names " + name;
    }
  }
  for (const ForeignKey& key : table.foreign_keys) {
    const auto target = std::ranges::find(database.tables, key.table, &Table::name);
    // A table may refer to itself, and otherwise to one that comes before it.
    const bool known = target != database.tables.end() && &*target <= &table;
    if (!known || !has_column(table, key.column) || !has_column(*target, key.referenced)) {
      return "the foreign key of " + key.column + " leads nowhere";
    }
  }
  return {};
}

}  // namespace

std::string first_flaw(const Database& database) {
  for (const Table& table : database.tables) {
    const std::string flaw = flaw_of(database, table);
    if (!flaw.empty()) return database.name + "." + table.name + ": " + flaw;
  }
  return {};
}

}  // namespace penstock::demo
