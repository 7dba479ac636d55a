#include "datasources/duckdb/vector_sizes.hpp"

#include "datasources/duckdb/own_statements.hpp"

namespace penstock::duckdb {

namespace {

// A number; a decimal as text takes more, a date less.
constexpr std::int64_t kPlain = 8;

bool is_valid(const std::uint64_t* validity, std::int64_t row) noexcept {
  const auto at = static_cast<std::uint64_t>(row);
  return validity == nullptr || ((validity[at / 64] >> (at % 64)) & 1U) != 0;
}

// Of each valid row `each(row)`, added up.
template <typename Each>
std::int64_t sum(const Api& api, duckdb_vector vector, std::int64_t from, std::int64_t count,
                 const Each& each) {
  const std::uint64_t* validity = api.vector_get_validity(vector);
  std::int64_t total = 0;
  for (std::int64_t row = from; row < from + count; ++row)
    if (is_valid(validity, row)) total += each(row);
  return total;
}

std::int64_t size_of_lists(const Api& api, const ColumnType& type, duckdb_vector vector, std::int64_t from,
                           std::int64_t count) {
  duckdb_vector elements = api.list_vector_get_child(vector);
  const auto* entries = static_cast<const duckdb_list_entry*>(api.vector_get_data(vector));
  const auto size_of_element = [&](std::int64_t first, std::int64_t length) {
    if (type.id != DUCKDB_TYPE_MAP) return size_of(api, type.children.front(), elements, first, length);
    return size_of(api, type.children[0], api.struct_vector_get_child(elements, 0), first, length) +
           size_of(api, type.children[1], api.struct_vector_get_child(elements, 1), first, length);
  };
  return sum(api, vector, from, count, [&](std::int64_t row) {
    const auto length = static_cast<std::int64_t>(entries[row].length);
    return length == 0 ? kPlain
                       : kPlain + size_of_element(static_cast<std::int64_t>(entries[row].offset), length);
  });
}

}  // namespace

std::int64_t size_of(const Api& api, const ColumnType& type, duckdb_vector vector, std::int64_t from,
                     std::int64_t count) {
  switch (type.id) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_BIT:
    case DUCKDB_TYPE_BIGNUM: {
      const auto* texts = static_cast<const duckdb_string_t*>(api.vector_get_data(vector));
      return sum(api, vector, from, count,
                 [texts](std::int64_t row) { return std::int64_t{texts[row].value.inlined.length}; });
    }
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_MAP:
      return size_of_lists(api, type, vector, from, count);
    case DUCKDB_TYPE_ARRAY: {
      const auto size = static_cast<std::int64_t>(type.array_size);
      return size_of(api, type.children.front(), api.array_vector_get_child(vector), from * size,
                     count * size);
    }
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_UNION: {
      const idx_t tag = type.id == DUCKDB_TYPE_UNION ? 1 : 0;
      std::int64_t total = 0;
      for (idx_t i = 0; i < type.children.size(); ++i)
        total += size_of(api, type.children[i], api.struct_vector_get_child(vector, i + tag), from, count);
      return total;
    }
    default:
      return count * kPlain;
  }
}

}  // namespace penstock::duckdb
