// Statements as libpg_query's trees, to be walked, changed and written down.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

namespace penstock::pg_query {

/// A statement with more bytes than this may need so much stack that its thread had better not be kept.
inline constexpr std::size_t kShallowBytes = 1'000;

/// Where the library's messages are unpacked: freed all at once, without a walk.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() = default;

  [[nodiscard]] ProtobufCAllocator* allocator() noexcept { return &allocator_; }
  /// A message of our own, copied member by member.
  template <typename Message>
  [[nodiscard]] Message* make(const Message& message) {
    return new (memory_.allocate(sizeof(Message), alignof(Message))) Message(message);
  }

 private:
  static constexpr std::size_t kFirstBytes = std::size_t{32} << 10;

  /// Null when there is no memory, as the library expects it.
  static void* allocate(void* self, std::size_t bytes) noexcept {
    try {
      return static_cast<Arena*>(self)->memory_.allocate(bytes);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
  static void release(void* /*self*/, void* /*pointer*/) noexcept {}

  std::pmr::monotonic_buffer_resource memory_{kFirstBytes};
  ProtobufCAllocator allocator_{&allocate, &release, this};
};

/// What the parser made of a text; packed, and owned.
class ParsedText {
 public:
  explicit ParsedText(const std::string& sql) : result_(pg_query_parse_protobuf(sql.c_str())) {}
  ParsedText(const ParsedText&) = delete;
  ParsedText& operator=(const ParsedText&) = delete;
  ~ParsedText() { pg_query_free_protobuf_parse_result(result_); }

  /// Null: the parser's words.
  [[nodiscard]] const PgQueryError* error() const noexcept { return result_.error; }
  /// The tree, which lives as long as the arena; null when there is none, or no memory.
  [[nodiscard]] PgQuery__ParseResult* unpack(Arena& arena) const {
    if (result_.error != nullptr) return nullptr;
    return pg_query__parse_result__unpack(arena.allocator(), result_.parse_tree.len,
                                          reinterpret_cast<const std::uint8_t*>(result_.parse_tree.data));
  }

 private:
  PgQueryProtobufParseResult result_;
};

/// The text that the library writes for a tree; nothing when it cannot.
[[nodiscard]] std::optional<std::string> deparse(const PgQuery__ParseResult& tree);

/// Whether two trees are the same but for the places in their texts.
[[nodiscard]] bool same_tree(const ProtobufCMessage& a, const ProtobufCMessage& b);

/// A member of a message, by its descriptor.
template <typename T>
[[nodiscard]] T& member_at(ProtobufCMessage& message, unsigned offset) {
  return *reinterpret_cast<T*>(reinterpret_cast<char*>(&message) + offset);
}
template <typename T>
[[nodiscard]] const T& member_at(const ProtobufCMessage& message, unsigned offset) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(&message) + offset);
}

/// Whether a message has the field: of several that exclude each other, the one that is set.
[[nodiscard]] inline bool has_field(const ProtobufCMessage& message, const ProtobufCFieldDescriptor& field) {
  const bool one_of = (field.flags & static_cast<std::uint32_t>(PROTOBUF_C_FIELD_FLAG_ONEOF)) != 0;
  return !one_of || member_at<std::uint32_t>(message, field.quantifier_offset) == field.id;
}

/// Calls `visit(field, child)` for each message in a message until it returns false; whether it never did.
template <typename Visit>
bool for_each_message(ProtobufCMessage& message, const Visit& visit) {
  const ProtobufCMessageDescriptor& kind = *message.descriptor;
  for (const auto* field = kind.fields; field != kind.fields + kind.n_fields; ++field) {
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || !has_field(message, *field)) continue;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
      const auto count = member_at<std::size_t>(message, field->quantifier_offset);
      auto* items = member_at<ProtobufCMessage**>(message, field->offset);
      if (!std::all_of(items, items + count, [&](ProtobufCMessage*& item) { return visit(*field, item); }))
        return false;
      continue;
    }
    auto& child = member_at<ProtobufCMessage*>(message, field->offset);
    if (child != nullptr && !visit(*field, child)) return false;
  }
  return true;
}

}  // namespace penstock::pg_query
