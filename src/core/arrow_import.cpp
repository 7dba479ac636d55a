#include "penstock/arrow.hpp"
#include "penstock/builder.hpp"

#include "core/array_layout.hpp"
#include "core/arrow_types.hpp"

namespace penstock {

namespace {

// What an imported batch keeps: the array of the other library, and copies where the layouts differ.
struct ImportedMemory {
  ArrowArray array{};
  std::vector<Buffer> buffers;

  ImportedMemory() = default;
  ImportedMemory(const ImportedMemory&) = delete;
  ImportedMemory& operator=(const ImportedMemory&) = delete;
  ~ImportedMemory() {
    if (array.release != nullptr) array.release(&array);
  }
};

struct SchemaRelease {
  void operator()(ArrowSchema* schema) const {
    if (schema->release != nullptr) schema->release(schema);
  }
};

std::string_view metadata_value(const char* metadata, std::string_view wanted) {
  if (metadata == nullptr) return {};
  const auto read_size = [&metadata] {
    std::int32_t size = 0;
    std::memcpy(&size, metadata, sizeof size);
    metadata += sizeof size;
    return size;
  };
  const auto read_text = [&] {
    const std::int32_t size = read_size();
    const std::string_view text(metadata, static_cast<std::size_t>(size));
    metadata += size;
    return text;
  };
  for (std::int32_t pairs = read_size(); pairs > 0; --pairs) {
    const std::string_view key = read_text();
    const std::string_view value = read_text();
    if (key == wanted) return value;
  }
  return {};
}

std::unexpected<Error> unsupported(const ArrowSchema& schema, std::string_view what) {
  const std::string name = schema.name != nullptr ? schema.name : "";
  return fail(ErrorCode::unsupported, "column `" + name + "` has the Arrow format \"" + schema.format +
                                          "\", which " + std::string(what) +
                                          "; cast it to a type of ours first");
}

Result<DataType> import_type(const ArrowSchema& schema) {
  const std::string_view format = schema.format;
  if (schema.dictionary != nullptr) return unsupported(schema, "is dictionary-encoded");
  const std::string_view extension = metadata_value(schema.metadata, kExtensionName);
  if (format == "u" && extension == "arrow.json") return DataType(TypeId::json);
  if (format == "u" && extension == "arrow.opaque" &&
      metadata_value(schema.metadata, kExtensionMetadata) == arrow_extension(TypeId::decimal).metadata) {
    return DataType(TypeId::decimal);
  }
  if (format == "c" || format == "s" || format == "i") return DataType(TypeId::int64);
  if (format == "C" || format == "S" || format == "I") return DataType(TypeId::uint64);
  if (format == "+l" && schema.n_children == 1) {
    auto element = import_type(*schema.children[0]);
    if (!element) return element;
    return DataType::list_of(std::move(*element));
  }
  if (format == arrow_format(TypeId::variant)) {
    for (std::size_t i = 0; i < kVariantTypes.size(); ++i) {
      auto alternative = import_type(*schema.children[i]);
      if (!alternative) return alternative;
      if (*alternative != DataType(kVariantTypes[i]))
        return unsupported(schema, "is a union of other types than ours");
    }
    return DataType(TypeId::variant);
  }
  constexpr std::array kPlain{TypeId::null,    TypeId::boolean, TypeId::int64,     TypeId::uint64,
                              TypeId::float32, TypeId::float64, TypeId::string,    TypeId::bytes,
                              TypeId::date,    TypeId::time,    TypeId::timestamp, TypeId::timestamp_tz,
                              TypeId::uuid,    TypeId::interval};
  for (const TypeId type : kPlain) {
    if (format == arrow_format(type)) return DataType(type);
  }
  return unsupported(schema, "has no counterpart here");
}

template <typename Narrow>
ArrayData copy_integers(const ArrayData& narrow, std::int64_t offset, std::vector<Buffer>& storage) {
  ColumnBuilder builder(narrow.type, narrow.length - offset);
  const auto* values = narrow.values_as<Narrow>();
  for (std::int64_t i = offset; i < narrow.length; ++i) {
    if (narrow.is_null(i)) {
      builder.append_null();
    } else if constexpr (std::is_signed_v<Narrow>) {
      builder.append_int64(values[i]);
    } else {
      builder.append_uint64(values[i]);
    }
  }
  return builder.finish(storage);
}

Result<ArrayData> import_array(const ArrowArray& array, const ArrowSchema& schema, const DataType& type,
                               std::vector<Buffer>& storage) {
  ArrayData data;
  data.type = type;
  data.length = array.offset + array.length;
  const auto buffer = [&array](int index) { return static_cast<const std::byte*>(array.buffers[index]); };
  if (type.id == TypeId::variant) {
    data.values = buffer(0);
  } else if (type.id != TypeId::null) {
    data.validity = static_cast<const std::uint8_t*>(array.buffers[0]);
    const bool has_offsets = array.n_buffers == 3;
    if (type.id != TypeId::list) data.values = buffer(has_offsets ? 2 : 1);
  }
  if (array.n_buffers == 3 || type.id == TypeId::list || type.id == TypeId::variant) {
    data.offsets = static_cast<const std::int32_t*>(array.buffers[1]);
  }
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    const DataType child_type =
        type.id == TypeId::list ? *type.element : DataType(kVariantTypes[static_cast<std::size_t>(i)]);
    auto child = import_array(*array.children[i], *schema.children[i], child_type, storage);
    if (!child) return child;
    data.children.push_back(std::move(*child));
  }
  switch (const std::string_view format = schema.format; format.front()) {
    case 'c':
      return copy_integers<std::int8_t>(data, array.offset, storage);
    case 'C':
      return copy_integers<std::uint8_t>(data, array.offset, storage);
    case 's':
      return copy_integers<std::int16_t>(data, array.offset, storage);
    case 'S':
      return copy_integers<std::uint16_t>(data, array.offset, storage);
    case 'i':
      return copy_integers<std::int32_t>(data, array.offset, storage);
    case 'I':
      return copy_integers<std::uint32_t>(data, array.offset, storage);
    default:
      break;
  }
  if (array.offset != 0) {
    ColumnBuilder builder(type, array.length);
    for (std::int64_t i = array.offset; i < data.length; ++i) {
      if (auto appended = builder.append_from(data, i); !appended) return pass_error(appended);
    }
    return builder.finish(storage);
  }
  const bool counted = array.null_count >= 0 && type.id != TypeId::variant;
  data.null_count = type.id == TypeId::variant ? 0 : counted ? array.null_count : count_nulls(data);
  return data;
}

}  // namespace

Result<RecordBatch> import_batch(ArrowArray* array, ArrowSchema* schema) {
  const std::unique_ptr<ArrowSchema, SchemaRelease> schema_owner(schema);
  auto memory = std::make_shared<ImportedMemory>();
  memory->array = std::exchange(*array, ArrowArray{});

  if (std::string_view(schema->format) != "+s") return unsupported(*schema, "is no struct, as a batch is");
  if (memory->array.offset != 0 || (memory->array.n_buffers > 0 && memory->array.buffers[0] != nullptr)) {
    return fail(ErrorCode::unsupported,
                "a batch with an offset or with null rows cannot be imported; flatten it first");
  }
  std::vector<Field> fields;
  std::vector<ArrayData> columns;
  for (std::int64_t i = 0; i < schema->n_children; ++i) {
    const ArrowSchema& child = *schema->children[i];
    auto type = import_type(child);
    if (!type) return pass_error(type);
    auto column = import_array(*memory->array.children[i], child, *type, memory->buffers);
    if (!column) return pass_error(column);
    fields.push_back(Field{child.name != nullptr ? child.name : "", std::move(*type),
                           (child.flags & ARROW_FLAG_NULLABLE) != 0, ""});
    columns.push_back(std::move(*column));
  }
  const std::int64_t rows = memory->array.length;
  return RecordBatch(std::make_shared<const Schema>(std::move(fields)), rows, std::move(columns),
                     std::move(memory));
}

}  // namespace penstock
