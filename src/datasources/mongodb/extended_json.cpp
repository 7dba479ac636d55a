#include "datasources/mongodb/extended_json.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "penstock/utf8.hpp"
#include "penstock/value.hpp"

#include "core/json_check.hpp"
#include "core/number_text.hpp"
#include "datasources/mongodb/bson.hpp"

namespace penstock::mongodb {

namespace {

// The last millisecond of the year 9999.
constexpr std::int64_t kLastRelaxed = 253'402'300'799'999;

void append_base64(std::string& out, const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < size; i += 3) {
    const std::size_t have = std::min<std::size_t>(3, size - i);
    std::uint32_t bits = static_cast<std::uint32_t>(data[i]) << 16U;
    if (have > 1) bits |= static_cast<std::uint32_t>(data[i + 1]) << 8U;
    if (have > 2) bits |= data[i + 2];
    out += kDigits[bits >> 18U];
    out += kDigits[(bits >> 12U) & 63U];
    out += have > 1 ? kDigits[(bits >> 6U) & 63U] : '=';
    out += have > 2 ? kDigits[bits & 63U] : '=';
  }
}

void append_hex(std::string& out, unsigned value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[(value >> 4U) & 15U];
  out += kDigits[value & 15U];
}

template <typename Number>
void append_number(std::string& out, Number value) {
  std::array<char, kMaxNumberText> text;
  out.append(text.data(), write_number(text.data(), value));
}

// Writes one value; stops at the first error.
class Writer {
 public:
  Writer(std::string& out, std::size_t max_bytes) : out_(out), limit_(out.size() + max_bytes) {}

  Result<void> value(const bson_iter_t& iter, std::size_t depth) {
    if (out_.size() > limit_) return fail(ErrorCode::limit_exceeded, "a value is too large");
    if (depth > kMaxJsonDepth) return fail(ErrorCode::invalid_data, "a document nests too deeply");
    switch (bson_iter_type(&iter)) {
      case BSON_TYPE_DOCUMENT:
      case BSON_TYPE_ARRAY:
        return nested(iter, depth);
      case BSON_TYPE_UTF8:
        return quoted(text_of(iter));
      case BSON_TYPE_SYMBOL:
      case BSON_TYPE_CODE:
      case BSON_TYPE_CODEWSCOPE:
      case BSON_TYPE_REGEX:
      case BSON_TYPE_DBPOINTER:
        return textual(iter, depth);
      default:
        scalar(iter);
        return {};
    }
  }

 private:
  Result<void> nested(const bson_iter_t& iter, std::size_t depth) {
    const bool is_array = BSON_ITER_HOLDS_ARRAY(&iter);
    bson_iter_t child;
    if (!bson_iter_recurse(&iter, &child)) return broken();
    out_ += is_array ? '[' : '{';
    bool first = true;
    while (bson_iter_next(&child)) {
      if (!first) out_ += ',';
      first = false;
      if (!is_array) {
        if (auto key = quoted(key_of(child)); !key) return key;
        out_ += ':';
      }
      if (auto written = value(child, depth + 1); !written) return written;
    }
    if (child.err_off != 0) return broken();
    out_ += is_array ? ']' : '}';
    return {};
  }

  Result<void> textual(const bson_iter_t& iter, std::size_t depth) {
    std::uint32_t length = 0;
    switch (bson_iter_type(&iter)) {
      case BSON_TYPE_SYMBOL: {
        const char* text = bson_iter_symbol(&iter, &length);
        return pair("{\"$symbol\":", {text, length}, "}");
      }
      case BSON_TYPE_CODE: {
        const char* text = bson_iter_code(&iter, &length);
        return pair("{\"$code\":", {text, length}, "}");
      }
      case BSON_TYPE_CODEWSCOPE: {
        std::uint32_t scope_length = 0;
        const std::uint8_t* scope = nullptr;
        const char* text = bson_iter_codewscope(&iter, &length, &scope_length, &scope);
        if (auto written = pair("{\"$code\":", {text, length}, ",\"$scope\":"); !written) return written;
        // As a document in a document, so that what walks those can walk it.
        const BsonPtr wrapped = new_document();
        bson_t document;
        if (!bson_init_static(&document, scope, scope_length)) return broken();
        append_document(*wrapped, "s", document);
        bson_iter_t inner;
        if (!bson_iter_init_find(&inner, wrapped.get(), "s")) return broken();
        auto written = value(inner, depth + 1);
        out_ += '}';
        return written;
      }
      case BSON_TYPE_REGEX: {
        const char* options = nullptr;
        const char* pattern = bson_iter_regex(&iter, &options);
        if (auto written = pair("{\"$regularExpression\":{\"pattern\":", pattern, ",\"options\":"); !written)
          return written;
        return pair("", options, "}}");
      }
      default: {
        const char* collection = nullptr;
        const bson_oid_t* id = nullptr;
        bson_iter_dbpointer(&iter, &length, &collection, &id);
        if (auto written = pair("{\"$dbPointer\":{\"$ref\":", {collection, length}, ",\"$id\":"); !written)
          return written;
        object_id(*id);
        out_ += "}}";
        return {};
      }
    }
  }

  void scalar(const bson_iter_t& iter) {
    switch (bson_iter_type(&iter)) {
      case BSON_TYPE_DOUBLE:
        return number(bson_iter_double(&iter));
      case BSON_TYPE_INT32:
        return append_number(out_, std::int64_t{bson_iter_int32(&iter)});
      case BSON_TYPE_INT64:
        return append_number(out_, std::int64_t{bson_iter_int64(&iter)});
      case BSON_TYPE_BOOL:
        out_ += bson_iter_bool(&iter) ? "true" : "false";
        return;
      case BSON_TYPE_OID:
        return object_id(*bson_iter_oid(&iter));
      case BSON_TYPE_DATE_TIME:
        return moment(bson_iter_date_time(&iter));
      case BSON_TYPE_BINARY:
        return binary(iter);
      case BSON_TYPE_DECIMAL128: {
        bson_decimal128_t decimal;
        bson_iter_decimal128(&iter, &decimal);
        char text[BSON_DECIMAL128_STRING];
        bson_decimal128_to_string(&decimal, text);
        out_ += "{\"$numberDecimal\":\"" + std::string(text) + "\"}";
        return;
      }
      case BSON_TYPE_TIMESTAMP: {
        std::uint32_t seconds = 0;
        std::uint32_t increment = 0;
        bson_iter_timestamp(&iter, &seconds, &increment);
        out_ += "{\"$timestamp\":{\"t\":" + std::to_string(seconds) + ",\"i\":" + std::to_string(increment) +
                "}}";
        return;
      }
      case BSON_TYPE_UNDEFINED:
        out_ += "{\"$undefined\":true}";
        return;
      case BSON_TYPE_MINKEY:
        out_ += "{\"$minKey\":1}";
        return;
      case BSON_TYPE_MAXKEY:
        out_ += "{\"$maxKey\":1}";
        return;
      default:
        out_ += "null";
    }
  }

  void number(double value) {
    if (std::isfinite(value)) return append_number(out_, value);
    out_ += "{\"$numberDouble\":\"";
    append_number(out_, value);
    out_ += "\"}";
  }

  void object_id(const bson_oid_t& id) {
    char text[25];
    bson_oid_to_string(&id, text);
    out_ += "{\"$oid\":\"" + std::string(text) + "\"}";
  }

  void moment(std::int64_t milliseconds) {
    if (milliseconds < 0 || milliseconds > kLastRelaxed) {
      out_ += "{\"$date\":{\"$numberLong\":\"" + std::to_string(milliseconds) + "\"}}";
      return;
    }
    std::string text;
    append_text(text, Timestamp{milliseconds * 1'000});
    for (char& c : text)
      if (c == ' ') c = 'T';
    out_ += "{\"$date\":\"" + text + "Z\"}";
  }

  void binary(const bson_iter_t& iter) {
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    std::uint32_t length = 0;
    const std::uint8_t* data = nullptr;
    bson_iter_binary(&iter, &subtype, &length, &data);
    out_ += "{\"$binary\":{\"base64\":\"";
    append_base64(out_, data, length);
    out_ += "\",\"subType\":\"";
    append_hex(out_, static_cast<unsigned>(subtype));
    out_ += "\"}}";
  }

  Result<void> pair(std::string_view before, std::string_view text, std::string_view after) {
    out_ += before;
    auto written = quoted(text);
    out_ += after;
    return written;
  }

  Result<void> quoted(std::string_view text) {
    if (!is_valid_utf8(text)) return fail(ErrorCode::invalid_data, "a text is not valid UTF-8");
    out_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out_ += '\\';
      if (static_cast<unsigned char>(c) < 0x20) {
        out_ += "\\u00";
        append_hex(out_, static_cast<unsigned char>(c));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
    return {};
  }

  static std::unexpected<Error> broken() { return fail(ErrorCode::invalid_data, "a document is damaged"); }

  std::string& out_;
  std::size_t limit_;
};

}  // namespace

Result<void> append_extended_json(std::string& out, const bson_iter_t& iter, std::size_t max_bytes) {
  Writer writer(out, max_bytes);
  auto written = writer.value(iter, 0);
  if (written && out.size() > max_bytes) return fail(ErrorCode::limit_exceeded, "a value is too large");
  return written;
}

}  // namespace penstock::mongodb
