// Which fields documents have: what is told of a collection that nobody declared.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <bson/bson.h>

#include "penstock/catalog.hpp"

namespace penstock::mongodb {

/// Counts fields, their types and those within them, over documents.
class SampledFields {
 public:
  /// Of the documents in an array, as a cursor's batch has them.
  void add_batch(const bson_iter_t& array);
  void add(const bson_t& document);
  [[nodiscard]] std::int64_t documents() const noexcept { return documents_; }

  /// A column for each field of the documents themselves, in the order in which they first came up. Its type
  /// is what a query makes of the values seen; its comment says in how many documents the field is, of which
  /// types when there are several, and which paths lead on into it.
  [[nodiscard]] std::vector<ColumnInfo> columns() const;
  /// All paths, as "address.city".
  [[nodiscard]] std::vector<std::string> paths() const;

 private:
  struct Field {
    std::string name;
    std::int64_t documents = 0;
    std::map<std::string, std::int64_t, std::less<>> types;  // by MongoDB's names
    DataType type;                                           // of all values but null
    bool has_null = false;
    std::vector<Field> inner;
  };
  static void add_fields(std::vector<Field>& fields, const bson_t& document, int depth);
  static void add_inner(Field& field, const bson_iter_t& value, int depth);
  static void collect_paths(const std::vector<Field>& fields, const std::string& prefix,
                            std::vector<std::string>& out);
  [[nodiscard]] std::string comment_of(const Field& field) const;
  static void describe_inner(const std::vector<Field>& fields, const std::string& prefix, std::string& out,
                             int& left);

  std::vector<Field> fields_;
  std::int64_t documents_ = 0;
};

}  // namespace penstock::mongodb
