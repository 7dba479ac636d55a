#include "formats/arrow_message.hpp"

#include <bit>

#include <flatbuffers/flatbuffers.h>

#include "penstock/arrow.hpp"

#include "core/arrow_types.hpp"

namespace penstock {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the schema message says little-endian, its default");

using Builder = flatbuffers::FlatBufferBuilder;
using Table = flatbuffers::Offset<flatbuffers::Table>;

constexpr flatbuffers::voffset_t slot(unsigned index) noexcept {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * index);
}

// Numbers of the format's unions and enumerations (Schema.fbs, Message.fbs).
enum class ArrowType : std::uint8_t {
  null = 1,
  integer = 2,
  floating_point = 3,
  binary = 4,
  utf8 = 5,
  boolean = 6,
  date = 8,
  time = 9,
  timestamp = 10,
  interval = 11,
  list = 12,
  dense_union = 14,
  fixed_size_binary = 15,
};
enum class Header : std::uint8_t { schema = 1, record_batch = 3 };
constexpr std::int16_t kVersion5 = 4;
constexpr std::int16_t kSinglePrecision = 1;
constexpr std::int16_t kDoublePrecision = 2;
constexpr std::int16_t kDateDay = 0;
constexpr std::int16_t kDateDefault = 1;
constexpr std::int16_t kTimeDefault = 1;
constexpr std::int16_t kMicrosecond = 2;
constexpr std::int16_t kMonthDayNano = 2;
constexpr std::int16_t kDenseMode = 1;

/// A type's entry in its field: which table of the union Type, and that table.
struct EncodedType {
  ArrowType number;
  Table table;
};

template <typename AddMembers>
Table make_table(Builder& builder, AddMembers add_members) {
  const auto start = builder.StartTable();
  add_members();
  return Table(builder.EndTable(start));
}

Table make_empty(Builder& builder) {
  return make_table(builder, [] {});
}

Table make_integer(Builder& builder, bool is_signed) {
  return make_table(builder, [&] {
    builder.AddElement<std::int32_t>(slot(0), 64, 0);
    builder.AddElement<std::uint8_t>(slot(1), is_signed ? 1 : 0, 0);
  });
}

// A table whose only member is an enumeration or a number at the first slot.
template <typename T>
Table make_single(Builder& builder, T value, T default_value) {
  return make_table(builder, [&] { builder.AddElement<T>(slot(0), value, default_value); });
}

Table make_timestamp(Builder& builder, std::string_view zone) {
  flatbuffers::Offset<flatbuffers::String> text;
  if (!zone.empty()) text = builder.CreateString(zone.data(), zone.size());
  return make_table(builder, [&] {
    builder.AddElement<std::int16_t>(slot(0), kMicrosecond, 0);
    if (!zone.empty()) builder.AddOffset(slot(1), text);
  });
}

Table make_union(Builder& builder) {
  std::vector<std::int32_t> codes;
  for (std::size_t i = 0; i < kVariantTypes.size(); ++i)
    codes.push_back(static_cast<std::int32_t>(i));
  const auto ids = builder.CreateVector(codes);
  return make_table(builder, [&] {
    builder.AddElement<std::int16_t>(slot(0), kDenseMode, 0);
    builder.AddOffset(slot(1), ids);
  });
}

EncodedType encode_type(Builder& builder, TypeId type) {
  switch (type) {
    case TypeId::null:
      break;
    case TypeId::boolean:
      return {ArrowType::boolean, make_empty(builder)};
    case TypeId::int64:
      return {ArrowType::integer, make_integer(builder, true)};
    case TypeId::uint64:
      return {ArrowType::integer, make_integer(builder, false)};
    case TypeId::float32:
      return {ArrowType::floating_point, make_single<std::int16_t>(builder, kSinglePrecision, 0)};
    case TypeId::float64:
      return {ArrowType::floating_point, make_single<std::int16_t>(builder, kDoublePrecision, 0)};
    case TypeId::decimal:
    case TypeId::string:
    case TypeId::json:
      return {ArrowType::utf8, make_empty(builder)};
    case TypeId::bytes:
      return {ArrowType::binary, make_empty(builder)};
    case TypeId::date:
      return {ArrowType::date, make_single<std::int16_t>(builder, kDateDay, kDateDefault)};
    case TypeId::time: {
      const Table time = make_table(builder, [&] {
        builder.AddElement<std::int16_t>(slot(0), kMicrosecond, kTimeDefault);
        builder.AddElement<std::int32_t>(slot(1), 64, 32);
      });
      return {ArrowType::time, time};
    }
    case TypeId::timestamp:
      return {ArrowType::timestamp, make_timestamp(builder, "")};
    case TypeId::timestamp_tz:
      return {ArrowType::timestamp, make_timestamp(builder, "UTC")};
    case TypeId::interval:
      return {ArrowType::interval, make_single<std::int16_t>(builder, kMonthDayNano, 0)};
    case TypeId::uuid:
      return {ArrowType::fixed_size_binary, make_single<std::int32_t>(builder, 16, 0)};
    case TypeId::list:
      return {ArrowType::list, make_empty(builder)};
    case TypeId::variant:
      return {ArrowType::dense_union, make_union(builder)};
  }
  return {ArrowType::null, make_empty(builder)};
}

flatbuffers::Offset<flatbuffers::Vector<Table>> encode_metadata(Builder& builder,
                                                                const ArrowMetadata& metadata) {
  std::vector<Table> pairs;
  for (const auto& [key, value] : metadata) {
    const auto key_text = builder.CreateString(key);
    const auto value_text = builder.CreateString(value);
    pairs.push_back(make_table(builder, [&] {
      builder.AddOffset(slot(0), key_text);
      builder.AddOffset(slot(1), value_text);
    }));
  }
  return builder.CreateVector(pairs);
}

ArrowMetadata metadata_of(TypeId type, const std::string& native_type) {
  ArrowMetadata metadata;
  const ArrowExtension extension = arrow_extension(type);
  if (!extension.name.empty()) {
    metadata.emplace_back(kExtensionName, extension.name);
    metadata.emplace_back(kExtensionMetadata, extension.metadata);
  }
  if (!native_type.empty()) metadata.emplace_back("penstock:native_type", native_type);
  return metadata;
}

Table encode_field(Builder& builder, const Field& field, std::string_view name) {
  std::vector<Table> children;
  if (field.type.id == TypeId::list) {
    const Field element{"item", field.type.element ? *field.type.element : DataType(), true, ""};
    children.push_back(encode_field(builder, element, element.name));
  } else if (field.type.id == TypeId::variant) {
    for (const TypeId alternative : kVariantTypes) {
      const Field child{std::string(to_string(alternative)), alternative, true, ""};
      children.push_back(encode_field(builder, child, child.name));
    }
  }
  const auto child_tables = builder.CreateVector(children);
  const auto name_text = builder.CreateString(name.data(), name.size());
  const EncodedType type = encode_type(builder, field.type.id);
  const auto metadata = encode_metadata(builder, metadata_of(field.type.id, field.native_type));
  return make_table(builder, [&] {
    builder.AddOffset(slot(0), name_text);
    builder.AddElement<std::uint8_t>(slot(1), field.nullable ? 1 : 0, 0);
    builder.AddElement<std::uint8_t>(slot(2), static_cast<std::uint8_t>(type.number), 0);
    builder.AddOffset(slot(3), type.table);
    builder.AddOffset(slot(5), child_tables);
    builder.AddOffset(slot(6), metadata);
  });
}

// The encapsulated form: a marker, the metadata's length padded to the alignment, the metadata.
std::string finish_message(Builder& builder, Header header, Table body, std::int64_t body_length,
                           const ArrowMetadata& metadata) {
  const auto pairs = encode_metadata(builder, metadata);
  builder.Finish(make_table(builder, [&] {
    builder.AddElement<std::int16_t>(slot(0), kVersion5, 0);
    builder.AddElement<std::uint8_t>(slot(1), static_cast<std::uint8_t>(header), 0);
    builder.AddOffset(slot(2), body);
    builder.AddElement<std::int64_t>(slot(3), body_length, 0);
    builder.AddOffset(slot(4), pairs);
  }));
  constexpr std::size_t kAlign = kArrowAlignment;
  const auto size = static_cast<std::int32_t>((builder.GetSize() + kAlign - 1) / kAlign * kAlign);
  std::string message(kArrowEndOfStream.substr(0, 4));
  message.append(reinterpret_cast<const char*>(&size), sizeof size);
  message.append(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  message.resize(8 + static_cast<std::size_t>(size), '\0');
  return message;
}

}  // namespace

std::string arrow_schema_message(const Schema& schema) {
  Builder builder;
  std::vector<Table> fields;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    fields.push_back(encode_field(builder, schema.field(i), schema.unique_names()[i]));
  }
  const auto field_tables = builder.CreateVector(fields);
  const Table body = make_table(builder, [&] { builder.AddOffset(slot(1), field_tables); });
  return finish_message(builder, Header::schema, body, 0, {});
}

std::string arrow_batch_message(std::int64_t rows, std::span<const ArrowNode> nodes,
                                std::span<const ArrowBuffer> buffers, std::int64_t body_length,
                                const ArrowMetadata& metadata) {
  Builder builder;
  const auto node_structs = builder.CreateVectorOfStructs(nodes.data(), nodes.size());
  const auto buffer_structs = builder.CreateVectorOfStructs(buffers.data(), buffers.size());
  const Table body = make_table(builder, [&] {
    builder.AddElement<std::int64_t>(slot(0), rows, 0);
    builder.AddOffset(slot(1), node_structs);
    builder.AddOffset(slot(2), buffer_structs);
  });
  return finish_message(builder, Header::record_batch, body, body_length, metadata);
}

}  // namespace penstock
