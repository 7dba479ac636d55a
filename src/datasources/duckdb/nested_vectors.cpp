// Lists, maps, structs and unions: lists of plain values stay lists, everything deeper becomes JSON.
#include <algorithm>
#include <limits>

#include "core/list_json.hpp"
#include "datasources/duckdb/vector_texts.hpp"

namespace penstock::duckdb {

namespace {

// A key of a JSON object is text, whatever the map's are.
void append_key(std::string& out, const ArrayData& keys, std::int64_t index) {
  std::string text;
  append_json(text, keys, index);
  if (text.starts_with('"')) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

}  // namespace

// Of every row; of a null, nothing.
std::vector<VectorReader::Extent> VectorReader::extents(const ArrayData& array, const ColumnType& type,
                                                        const Slice& slice) const {
  std::vector<Extent> out(static_cast<std::size_t>(slice.count));
  const auto size = static_cast<std::int64_t>(type.array_size);
  for (std::int64_t i = 0; i < slice.count; ++i) {
    Extent& extent = out[static_cast<std::size_t>(i)];
    if (array.is_null(i)) continue;
    if (type.id == DUCKDB_TYPE_ARRAY) {
      extent = {(slice.from + i) * size, size};
    } else {
      const auto& entry = slice.values<duckdb_list_entry>()[i];
      extent = {static_cast<std::int64_t>(entry.offset), static_cast<std::int64_t>(entry.length)};
    }
  }
  return out;
}

namespace {

// The part of the elements' vector that any row has something in.
template <typename Extents>
auto span_of(const Extents& extents) {
  struct {
    std::int64_t from = std::numeric_limits<std::int64_t>::max();
    std::int64_t end = 0;
  } span;
  for (const auto& extent : extents) {
    if (extent.count == 0) continue;
    span.from = std::min(span.from, extent.from);
    span.end = std::max(span.end, extent.from + extent.count);
  }
  if (span.end == 0) span.from = 0;
  return span;
}

}  // namespace

Result<void> VectorReader::read_list(ArrayData& array, const ColumnType& type, const Slice& slice) {
  const std::vector<Extent> rows = extents(array, type, slice);
  const auto span = span_of(rows);
  duckdb_vector child = type.id == DUCKDB_TYPE_ARRAY ? api_->array_vector_get_child(slice.vector)
                                                     : api_->list_vector_get_child(slice.vector);
  auto elements = read(type.children.front(), child, span.from, span.end - span.from);
  if (!elements) return pass_error(elements);
  if (array.type.id == TypeId::json) {
    return write_texts(array, slice, [&](std::string& text, std::int64_t i) {
      const Extent& row = rows[static_cast<std::size_t>(i)];
      text += '[';
      for (std::int64_t k = 0; k < row.count; ++k) {
        if (k != 0) text += ',';
        append_json(text, *elements, row.from - span.from + k);
      }
      text += ']';
      return Result<void>();
    });
  }
  auto* offsets = reinterpret_cast<std::int32_t*>(room((rows.size() + 1) * 4));
  offsets[0] = 0;
  bool in_order = true;  // one row's elements lie behind the other's: the usual case
  std::int64_t total = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    in_order = in_order && (rows[i].count == 0 || rows[i].from - span.from == total);
    total += rows[i].count;
    if (total > std::numeric_limits<std::int32_t>::max()) return too_large();
    offsets[i + 1] = static_cast<std::int32_t>(total);
  }
  array.offsets = offsets;
  if (!in_order) {
    ColumnBuilder gathered(elements->type, total);
    for (const Extent& row : rows) {
      for (std::int64_t k = 0; k < row.count; ++k) {
        if (auto added = gathered.append_from(*elements, row.from - span.from + k); !added) return added;
      }
    }
    *elements = gathered.finish(*storage_);
  }
  array.children.push_back(std::move(*elements));
  return {};
}

Result<void> VectorReader::read_map(ArrayData& array, const ColumnType& type, const Slice& slice) {
  const std::vector<Extent> rows = extents(array, type, slice);
  const auto span = span_of(rows);
  duckdb_vector entries = api_->list_vector_get_child(slice.vector);
  auto keys =
      read(type.children[0], api_->struct_vector_get_child(entries, 0), span.from, span.end - span.from);
  if (!keys) return pass_error(keys);
  auto values =
      read(type.children[1], api_->struct_vector_get_child(entries, 1), span.from, span.end - span.from);
  if (!values) return pass_error(values);
  return write_texts(array, slice, [&](std::string& text, std::int64_t i) {
    const Extent& row = rows[static_cast<std::size_t>(i)];
    text += '{';
    for (std::int64_t k = row.from - span.from; k < row.from - span.from + row.count; ++k) {
      if (k != row.from - span.from) text += ',';
      append_key(text, *keys, k);
      text += ':';
      append_json(text, *values, k);
    }
    text += '}';
    return Result<void>();
  });
}

Result<void> VectorReader::read_struct(ArrayData& array, const ColumnType& type, const Slice& slice) {
  std::vector<ArrayData> fields;
  for (std::size_t k = 0; k < type.children.size(); ++k) {
    auto field =
        read(type.children[k], api_->struct_vector_get_child(slice.vector, k), slice.from, slice.count);
    if (!field) return pass_error(field);
    fields.push_back(std::move(*field));
  }
  // The fields of a tuple have no names: it is an array.
  const bool is_tuple = std::ranges::all_of(type.labels, &std::string::empty);
  return write_texts(array, slice, [&](std::string& text, std::int64_t i) {
    text += is_tuple ? '[' : '{';
    for (std::size_t k = 0; k < fields.size(); ++k) {
      if (k != 0) text += ',';
      if (!is_tuple) {
        append_json_string(text, type.labels[k]);
        text += ':';
      }
      append_json(text, fields[k], i);
    }
    text += is_tuple ? ']' : '}';
    return Result<void>();
  });
}

// A struct whose first field says which of the others holds the value.
Result<void> VectorReader::read_union(ArrayData& array, const ColumnType& type, const Slice& slice) {
  std::vector<ArrayData> members;
  for (std::size_t k = 0; k < type.children.size(); ++k) {
    auto member =
        read(type.children[k], api_->struct_vector_get_child(slice.vector, k + 1), slice.from, slice.count);
    if (!member) return pass_error(member);
    members.push_back(std::move(*member));
  }
  const auto* tags = static_cast<const std::uint8_t*>(
                         api_->vector_get_data(api_->struct_vector_get_child(slice.vector, 0))) +
                     slice.from;
  return write_texts(array, slice, [&](std::string& text, std::int64_t i) -> Result<void> {
    if (tags[i] >= members.size()) return unfit("has a tag that its type does not know");
    text += '{';
    append_json_string(text, type.labels[tags[i]]);
    text += ':';
    append_json(text, members[tags[i]], i);
    text += '}';
    return {};
  });
}

}  // namespace penstock::duckdb
