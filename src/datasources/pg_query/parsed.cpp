#include "datasources/pg_query/parsed.hpp"

#include <cstring>
#include <string_view>
#include <vector>

namespace penstock::pg_query {

namespace {

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// Where something stands in its text.
bool is_place(const ProtobufCFieldDescriptor& field) {
  const std::string_view name = field.name;
  return name == "location" || name == "stmt_location" || name == "stmt_len";
}

bool same_value(const ProtobufCFieldDescriptor& field, const char* a, const char* b) {
  switch (field.type) {
    case PROTOBUF_C_TYPE_MESSAGE: {
      const auto* one = *reinterpret_cast<const ProtobufCMessage* const*>(a);
      const auto* other = *reinterpret_cast<const ProtobufCMessage* const*>(b);
      return one == nullptr || other == nullptr ? one == other : same_tree(*one, *other);
    }
    case PROTOBUF_C_TYPE_STRING:
      return text_of(*reinterpret_cast<const char* const*>(a)) ==
             text_of(*reinterpret_cast<const char* const*>(b));
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
      return std::memcmp(a, b, sizeof(std::int32_t)) == 0;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
      return std::memcmp(a, b, sizeof(std::int64_t)) == 0;
    default:
      return false;  // the library has no others
  }
}

// Of a value in a list.
std::size_t size_of(const ProtobufCFieldDescriptor& field) {
  switch (field.type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
      return sizeof(void*);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
      return sizeof(std::int64_t);
    default:
      return sizeof(std::int32_t);
  }
}

bool same_field(const ProtobufCFieldDescriptor& field, const ProtobufCMessage& a, const ProtobufCMessage& b) {
  if (has_field(a, field) != has_field(b, field)) return false;
  if (!has_field(a, field)) return true;
  if (field.label != PROTOBUF_C_LABEL_REPEATED) {
    return same_value(field, &member_at<char>(a, field.offset), &member_at<char>(b, field.offset));
  }
  const auto count = member_at<std::size_t>(a, field.quantifier_offset);
  if (count != member_at<std::size_t>(b, field.quantifier_offset)) return false;
  const char* one = member_at<const char*>(a, field.offset);
  const char* other = member_at<const char*>(b, field.offset);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * size_of(field);
    if (!same_value(field, one + at, other + at)) return false;
  }
  return true;
}

}  // namespace

bool same_tree(const ProtobufCMessage& a, const ProtobufCMessage& b) {
  if (a.descriptor != b.descriptor) return false;
  const ProtobufCMessageDescriptor& kind = *a.descriptor;
  return std::all_of(kind.fields, kind.fields + kind.n_fields, [&](const ProtobufCFieldDescriptor& field) {
    return is_place(field) || same_field(field, a, b);
  });
}

std::optional<std::string> deparse(const PgQuery__ParseResult& tree) {
  std::vector<std::uint8_t> packed(pg_query__parse_result__get_packed_size(&tree));
  pg_query__parse_result__pack(&tree, packed.data());
  PgQueryProtobuf protobuf{packed.size(), reinterpret_cast<char*>(packed.data())};
  const PgQueryDeparseResult result = pg_query_deparse_protobuf(protobuf);
  std::optional<std::string> text;
  if (result.error == nullptr && result.query != nullptr) text = result.query;
  pg_query_free_deparse_result(result);
  return text;
}

}  // namespace penstock::pg_query
