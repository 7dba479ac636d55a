// The suite's statements and tables in standard SQL, for engines that speak it to override where they differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/engine.hpp"

namespace penstock::conformance {

class SqlLanguage : public Language {
 public:
  [[nodiscard]] std::string rows(std::string_view table, std::string_view database = {}) const override;
  [[nodiscard]] std::string rows_equal(std::string_view table, std::string_view column) const override;
  [[nodiscard]] std::string nonsense() const override { return "SELEC name FORM people"; }
  [[nodiscard]] std::string duplicate_columns(Deployment& deployment,
                                              std::string_view database) const override;
  [[nodiscard]] bool has_type(TypeId type) const override { return column_type(type).has_value(); }
  [[nodiscard]] std::string rows_sorted(std::string_view table, std::string_view column) const override;
  [[nodiscard]] std::string rows_equal_named(std::string_view table, std::string_view column,
                                             std::string_view parameter) const override;
  [[nodiscard]] std::string join(std::string_view left, std::string_view right_database,
                                 std::string_view right, std::string_view column) const override;
  [[nodiscard]] std::string insert(std::string_view table, std::size_t count) const override;
  [[nodiscard]] std::string commented(std::string_view statement) const override;
  [[nodiscard]] std::string echo() const override { return "SELECT " + placeholder(1) + " AS echo"; }

  /// The statements that make the table, its rows, indexes and comments.
  [[nodiscard]] std::vector<std::string> create_table(const TableSpec& table) const;
  [[nodiscard]] virtual std::string quoted(std::string_view name) const;

 protected:
  /// The type to declare for values that come back as `type`; nothing when there is none.
  [[nodiscard]] virtual std::optional<std::string> column_type(TypeId type) const = 0;
  /// The value as the SQL standard writes it. Not for lists.
  [[nodiscard]] virtual std::string literal(const Value& value) const;
  /// The parameter `index`, from 1.
  [[nodiscard]] virtual std::string placeholder(std::size_t index) const = 0;
  /// Statements that set the comments of a table and its columns; for Feature::comments.
  [[nodiscard]] virtual std::vector<std::string> comment_statements(const TableSpec& table) const;

 private:
  [[nodiscard]] std::string list(const std::vector<std::string>& names) const;
  [[nodiscard]] std::string column_definition(const ColumnSpec& column) const;
  [[nodiscard]] std::string insert_rows(const TableSpec& table) const;
};

}  // namespace penstock::conformance
