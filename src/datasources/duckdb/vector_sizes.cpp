#include "datasources/duckdb/vector_sizes.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace penstock::duckdb {

namespace {

// A number; a decimal as text takes more, a date less.
constexpr std::int64_t kPlain = 8;
// What even an empty text or list takes, and a null of those types: its offset, or its commas in JSON.
constexpr std::int64_t kLeast = 4;

bool is_valid(const std::uint64_t* validity, std::int64_t row) noexcept {
  const auto at = static_cast<std::uint64_t>(row);
  return validity == nullptr || ((validity[at / 64] >> (at % 64)) & 1U) != 0;
}

std::int64_t longest(const std::vector<std::string>& labels) noexcept {
  std::size_t most = 0;
  for (const std::string& label : labels)
    most = std::max(most, label.size());
  return static_cast<std::int64_t>(most);
}

// Adds up until there is enough.
class Walk {
 public:
  Walk(const Api& api, std::int64_t enough) noexcept : api_(&api), enough_(enough) {}

  void add(const ColumnType& type, duckdb_vector vector, std::int64_t from, std::int64_t count,
           bool within_json) {
    switch (type.id) {
      case DUCKDB_TYPE_VARCHAR:
        return add_texts(vector, from, count, 1);
      case DUCKDB_TYPE_BLOB:  // each byte as two digits, in JSON
        return add_texts(vector, from, count, within_json ? 2 : 1);
      case DUCKDB_TYPE_BIT:  // each bit as a digit
        return add_texts(vector, from, count, 8);
      case DUCKDB_TYPE_BIGNUM:  // each byte as two and a half
        return add_texts(vector, from, count, 3);
      case DUCKDB_TYPE_ENUM:
        total_ += count * (kLeast + longest(type.labels));
        return;
      case DUCKDB_TYPE_LIST:
      case DUCKDB_TYPE_MAP:
        return add_lists(type, vector, from, count);
      case DUCKDB_TYPE_ARRAY: {
        const auto size = static_cast<std::int64_t>(type.array_size);
        return add(type.children.front(), api_->array_vector_get_child(vector), from * size, count * size,
                   becomes_json(type));
      }
      case DUCKDB_TYPE_STRUCT:
      case DUCKDB_TYPE_UNION:
        return add_fields(type, vector, from, count);
      default:
        total_ += count * kPlain;
    }
  }
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }

 private:
  [[nodiscard]] bool has_enough() const noexcept { return total_ > enough_; }
  static bool becomes_json(const ColumnType& type) noexcept { return type.type.id == TypeId::json; }

  template <typename Each>
  void add_rows(duckdb_vector vector, std::int64_t from, std::int64_t count, const Each& each) {
    const std::uint64_t* validity = api_->vector_get_validity(vector);
    for (std::int64_t row = from; row < from + count && !has_enough(); ++row) {
      total_ += kLeast;
      if (is_valid(validity, row)) each(row);
    }
  }

  void add_texts(duckdb_vector vector, std::int64_t from, std::int64_t count, std::int64_t times) {
    const auto* texts = static_cast<const duckdb_string_t*>(api_->vector_get_data(vector));
    if (api_->vector_get_validity(vector) != nullptr) {
      return add_rows(vector, from, count, [&](std::int64_t row) {
        total_ += times * std::int64_t{texts[row].value.inlined.length};
      });
    }
    // Whether there is enough is asked once a block, as most columns have no nulls and little text.
    constexpr std::int64_t kBlock = 64;
    for (std::int64_t end = from; end < from + count && !has_enough();) {
      const std::int64_t begin = end;
      end = std::min(from + count, begin + kBlock);
      std::int64_t bytes = 0;
      for (std::int64_t row = begin; row < end; ++row)
        bytes += texts[row].value.inlined.length;
      total_ += times * bytes + kLeast * (end - begin);
    }
  }

  void add_lists(const ColumnType& type, duckdb_vector vector, std::int64_t from, std::int64_t count) {
    duckdb_vector elements = api_->list_vector_get_child(vector);
    const auto* entries = static_cast<const duckdb_list_entry*>(api_->vector_get_data(vector));
    add_rows(vector, from, count, [&](std::int64_t row) {
      const auto first = static_cast<std::int64_t>(entries[row].offset);
      const auto length = static_cast<std::int64_t>(entries[row].length);
      if (length == 0) return;
      if (type.id == DUCKDB_TYPE_MAP) {
        for (idx_t i = 0; i < 2; ++i)
          add(type.children[i], api_->struct_vector_get_child(elements, i), first, length, true);
      } else {
        add(type.children.front(), elements, first, length, becomes_json(type));
      }
    });
  }

  // Each row's JSON has the names too: of a struct all of them, of a union one.
  void add_fields(const ColumnType& type, duckdb_vector vector, std::int64_t from, std::int64_t count) {
    const bool is_union = type.id == DUCKDB_TYPE_UNION;
    std::int64_t names = kLeast + (is_union ? longest(type.labels) : 0);
    if (!is_union) {
      for (const std::string& name : type.labels)
        names += kLeast + static_cast<std::int64_t>(name.size());
    }
    total_ += count * names;
    for (idx_t i = 0; i < type.children.size() && !has_enough(); ++i)
      add(type.children[i], api_->struct_vector_get_child(vector, is_union ? i + 1 : i), from, count, true);
  }

  const Api* api_;
  std::int64_t enough_;
  std::int64_t total_ = 0;
};

}  // namespace

std::int64_t size_of(const Api& api, const ColumnType& type, duckdb_vector vector, std::int64_t from,
                     std::int64_t count, std::int64_t enough) {
  Walk walk(api, enough);
  walk.add(type, vector, from, count, false);
  return walk.total();
}

}  // namespace penstock::duckdb
