// Owning libbson's documents, and our values in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <bson/bson.h>

#include "penstock/error.hpp"
#include "penstock/value.hpp"

namespace penstock::mongodb {

/// Owns a document, or nothing. std::unique_ptr would drop the alignment that bson_t asks for, with a
/// warning.
class BsonPtr {
 public:
  BsonPtr() = default;
  BsonPtr(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): as of any pointer
  explicit BsonPtr(bson_t* document) noexcept : document_(document) {}
  BsonPtr(BsonPtr&& other) noexcept : document_(std::exchange(other.document_, nullptr)) {}
  BsonPtr& operator=(BsonPtr&& other) noexcept {
    std::swap(document_, other.document_);
    return *this;
  }
  BsonPtr(const BsonPtr&) = delete;
  BsonPtr& operator=(const BsonPtr&) = delete;
  ~BsonPtr() { bson_destroy(document_); }

  [[nodiscard]] bson_t* get() const noexcept { return document_; }
  [[nodiscard]] bson_t& operator*() const noexcept { return *document_; }
  [[nodiscard]] bson_t* operator->() const noexcept { return document_; }
  [[nodiscard]] explicit operator bool() const noexcept { return document_ != nullptr; }

 private:
  bson_t* document_ = nullptr;
};

[[nodiscard]] inline BsonPtr new_document() {
  return BsonPtr(bson_new());
}

/// A reply that libmongoc writes, or any other document that is filled in by a C function.
class Reply {
 public:
  Reply() { bson_init(&document_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() { bson_destroy(&document_); }

  /// For a function that initialises what it is given.
  [[nodiscard]] bson_t* fresh() {
    bson_destroy(&document_);
    return &document_;
  }
  [[nodiscard]] const bson_t& get() const noexcept { return document_; }

 private:
  bson_t document_;
};

[[nodiscard]] inline int length_of(std::string_view text) noexcept {
  return static_cast<int>(text.size());
}

[[nodiscard]] inline std::string_view key_of(const bson_iter_t& iter) noexcept {
  return {bson_iter_key(&iter), bson_iter_key_len(&iter)};
}

/// Of an iterator that stands on a string.
[[nodiscard]] inline std::string_view text_of(const bson_iter_t& iter) noexcept {
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(&iter, &length);
  return {text, length};
}

/// The document or array that an iterator stands on, borrowed; empty when its bytes are no document. A bson_t
/// of borrowed bytes points into itself, so that it must stay where it was made.
class DocumentView {
 public:
  explicit DocumentView(const bson_iter_t& iter) noexcept;
  DocumentView(const DocumentView&) = delete;
  DocumentView& operator=(const DocumentView&) = delete;
  ~DocumentView() = default;
  [[nodiscard]] const bson_t& get() const noexcept { return document_; }

 private:
  bson_t document_;
};

// Short forms of libbson's own; they fail only for lack of memory, or beyond 2 GiB.
void append_text(bson_t& document, std::string_view key, std::string_view value);
void append_int(bson_t& document, std::string_view key, std::int64_t value);
void append_bool(bson_t& document, std::string_view key, bool value);
void append_null(bson_t& document, std::string_view key);
void append_document(bson_t& document, std::string_view key, const bson_t& value);

/// Calls `fill(child)` and appends what it made, a document or an array, under the key.
template <typename Fill>
void append_child(bson_t& document, std::string_view key, const Fill& fill) {
  bson_t child;
  bson_append_document_begin(&document, key.data(), length_of(key), &child);
  fill(child);
  bson_append_document_end(&document, &child);
}
template <typename Fill>
void append_array(bson_t& document, std::string_view key, const Fill& fill) {
  bson_t child;
  bson_append_array_begin(&document, key.data(), length_of(key), &child);
  fill(child);
  bson_append_array_end(&document, &child);
}

/// Appends a value of ours as the BSON type that holds it: integers as int64, decimals as Decimal128, dates
/// and moments as a BSON date, bytes and UUIDs as binary, JSON as what extended JSON it is, lists as arrays.
/// Errors: `invalid_argument` for a value that BSON has no type for, or would round; `what` names it.
[[nodiscard]] Result<void> append_value(bson_t& document, std::string_view key, const Value& value,
                                        std::string_view what);

/// Decimal128 as plain digits ("-12.50"; never with an exponent), or "NaN", "Infinity", "-Infinity".
[[nodiscard]] std::string plain_digits(const bson_decimal128_t& number);

}  // namespace penstock::mongodb
