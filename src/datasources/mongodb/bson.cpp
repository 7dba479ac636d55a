#include "datasources/mongodb/bson.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>
#include <variant>

#include "penstock/utf8.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::int64_t kDayMilliseconds = 86'400'000;

std::unexpected<Error> misfit(std::string_view what, std::string_view why) {
  return fail(ErrorCode::invalid_argument, std::string(what) + " " + std::string(why));
}

Result<void> append_decimal(bson_t& document, std::string_view key, const Decimal& value,
                            std::string_view what) {
  bson_decimal128_t number;
  if (!bson_decimal128_from_string(value.text.c_str(), &number))
    return misfit(what, "has more digits than Decimal128 holds exactly, which are 34");
  bson_append_decimal128(&document, key.data(), length_of(key), &number);
  return {};
}

Result<void> append_moment(bson_t& document, std::string_view key, std::int64_t microseconds,
                           std::string_view what) {
  if (microseconds % 1'000 != 0)
    return misfit(what, "has microseconds, and a date of MongoDB has milliseconds");
  bson_append_date_time(&document, key.data(), length_of(key), microseconds / 1'000);
  return {};
}

// A `$` at the start of a key is an operator: what is bound is data, and must not become one.
bool has_operator(const bson_t& document) {
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &document)) return true;
  while (bson_iter_next(&iter)) {
    if (key_of(iter).starts_with('$')) return true;
    if ((BSON_ITER_HOLDS_DOCUMENT(&iter) || BSON_ITER_HOLDS_ARRAY(&iter)) &&
        has_operator(DocumentView(iter).get()))
      return true;
  }
  return false;
}

Result<void> append_json_value(bson_t& document, std::string_view key, const Json& value,
                               std::string_view what) {
  // A JSON text is any value, and libbson reads documents alone.
  const std::string wrapped = "{\"v\":" + value.text + "}";
  bson_error_t error;
  const BsonPtr parsed(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(wrapped.data()),
                                          static_cast<ssize_t>(wrapped.size()), &error));
  bson_iter_t iter;
  if (!parsed || bson_count_keys(parsed.get()) != 1 || !bson_iter_init_find(&iter, parsed.get(), "v"))
    return misfit(what, "is no extended JSON");
  if (BSON_ITER_HOLDS_CODE(&iter) || BSON_ITER_HOLDS_CODEWSCOPE(&iter))
    return misfit(what, "is code, which is not run here");
  if (has_operator(*parsed)) return misfit(what, "has a key that begins with $, which would be an operator");
  bson_append_iter(&document, key.data(), length_of(key), &iter);
  return {};
}

Result<void> append_list(bson_t& document, std::string_view key, const Value::List& list,
                         std::string_view what) {
  Result<void> appended;
  append_array(document, key, [&](bson_t& array) {
    for (std::size_t i = 0; i < list.size() && appended; ++i) {
      if (list[i].get_if<Value::List>() != nullptr) {
        appended = misfit(what, "is a list of lists; pass it as JSON");
      } else {
        appended = append_value(array, std::to_string(i), list[i], what);
      }
    }
  });
  return appended;
}

Result<void> append_string(bson_t& document, std::string_view key, std::string_view value,
                           std::string_view what) {
  if (!is_valid_utf8(value)) return misfit(what, "is not valid UTF-8");
  append_text(document, key, value);
  return {};
}

}  // namespace

DocumentView::DocumentView(const bson_iter_t& iter) noexcept {
  const std::uint8_t* data = nullptr;
  std::uint32_t length = 0;
  if (BSON_ITER_HOLDS_DOCUMENT(&iter)) {
    bson_iter_document(&iter, &length, &data);
  } else if (BSON_ITER_HOLDS_ARRAY(&iter)) {
    bson_iter_array(&iter, &length, &data);
  }
  if (data == nullptr || !bson_init_static(&document_, data, length)) bson_init(&document_);
}

void append_text(bson_t& document, std::string_view key, std::string_view value) {
  bson_append_utf8(&document, key.data(), length_of(key), value.data(), length_of(value));
}
void append_int(bson_t& document, std::string_view key, std::int64_t value) {
  if (value >= std::numeric_limits<std::int32_t>::min() &&
      value <= std::numeric_limits<std::int32_t>::max()) {
    bson_append_int32(&document, key.data(), length_of(key), static_cast<std::int32_t>(value));
  } else {
    bson_append_int64(&document, key.data(), length_of(key), value);
  }
}
void append_bool(bson_t& document, std::string_view key, bool value) {
  bson_append_bool(&document, key.data(), length_of(key), value);
}
void append_null(bson_t& document, std::string_view key) {
  bson_append_null(&document, key.data(), length_of(key));
}
void append_document(bson_t& document, std::string_view key, const bson_t& value) {
  bson_append_document(&document, key.data(), length_of(key), &value);
}

Result<void> append_value(bson_t& document, std::string_view key, const Value& value, std::string_view what) {
  const char* name = key.data();
  const int length = length_of(key);
  return std::visit(
      [&]<typename T>(const T& held) -> Result<void> {
        if constexpr (std::is_same_v<T, std::monostate>) {
          append_null(document, key);
        } else if constexpr (std::is_same_v<T, bool>) {
          append_bool(document, key, held);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          bson_append_int64(&document, name, length, held);
        } else if constexpr (std::is_same_v<T, std::uint64_t>) {
          if (held > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return append_decimal(document, key, Decimal{std::to_string(held)}, what);
          bson_append_int64(&document, name, length, static_cast<std::int64_t>(held));
        } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
          bson_append_double(&document, name, length, held);
        } else if constexpr (std::is_same_v<T, Decimal>) {
          return append_decimal(document, key, held, what);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return append_string(document, key, held, what);
        } else if constexpr (std::is_same_v<T, Bytes>) {
          bson_append_binary(&document, name, length, BSON_SUBTYPE_BINARY,
                             reinterpret_cast<const std::uint8_t*>(held.data.data()),
                             static_cast<std::uint32_t>(held.data.size()));
        } else if constexpr (std::is_same_v<T, Date>) {
          bson_append_date_time(&document, name, length, held.days * kDayMilliseconds);
        } else if constexpr (std::is_same_v<T, Timestamp> || std::is_same_v<T, TimestampTz>) {
          return append_moment(document, key, held.microseconds, what);
        } else if constexpr (std::is_same_v<T, Uuid>) {
          bson_append_binary(&document, name, length, BSON_SUBTYPE_UUID,
                             reinterpret_cast<const std::uint8_t*>(held.bytes.data()),
                             static_cast<std::uint32_t>(held.bytes.size()));
        } else if constexpr (std::is_same_v<T, Json>) {
          return append_json_value(document, key, held, what);
        } else if constexpr (std::is_same_v<T, Value::List>) {
          return append_list(document, key, held, what);
        } else {
          return misfit(what,
                        "is a " + std::string(to_string(value.type())) + ", which BSON has no type for");
        }
        return {};
      },
      value.storage());
}

std::string plain_digits(const bson_decimal128_t& number) {
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&number, text);
  std::string written(text);
  const std::size_t mark = written.find('E');
  if (mark == std::string::npos) return written;
  int exponent = 0;
  const char* first = written.data() + mark + 1;
  std::from_chars(*first == '+' ? first + 1 : first, written.data() + written.size(), exponent);
  std::string digits = written.substr(0, mark);
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  int point = static_cast<int>(digits.size());
  if (const std::size_t dot = digits.find('.'); dot != std::string::npos) {
    point = static_cast<int>(dot);
    digits.erase(dot, 1);
  }
  point += exponent;
  if (point <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    point = 1;
  }
  if (const auto size = static_cast<int>(digits.size()); point > size)
    digits.append(static_cast<std::size_t>(point - size), '0');
  if (static_cast<std::size_t>(point) < digits.size()) digits.insert(static_cast<std::size_t>(point), 1, '.');
  // "1E+3" was one digit before the exponent, so that zeros at the front can only be of a zero.
  const std::size_t significant = digits.find_first_not_of('0');
  if (significant == std::string::npos && digits.find('.') == std::string::npos) digits = "0";
  return negative ? "-" + digits : digits;
}

}  // namespace penstock::mongodb
