#include "datasources/postgresql/request.hpp"

#include <array>
#include <cstddef>
#include <cstring>

namespace penstock::postgresql {

namespace {

template <std::size_t Bytes>
std::array<char, Bytes> big_endian(std::size_t value) noexcept {
  std::array<char, Bytes> bytes{};
  for (std::size_t i = 0; i < Bytes; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (Bytes - 1 - i)) & 0xFFU);
  return bytes;
}

/// Writes messages, whose sizes are known before, to where there is room for them: a call for each of their
/// parts that grows a string would be most of the work.
class Writer {
 public:
  explicit Writer(char* to) noexcept : to_(to) {}

  /// `length` is what the message says of itself: all but its type.
  void begin(char type, std::size_t length) noexcept {
    put_char(type);
    put32(length);
  }
  void put_char(char c) noexcept { *to_++ = c; }
  void put16(std::size_t value) noexcept { put(big_endian<2>(value)); }
  void put32(std::size_t value) noexcept { put(big_endian<4>(value)); }
  void put_bytes(std::string_view bytes) noexcept {
    if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
  }
  void put_text(std::string_view text) noexcept {
    put_bytes(text);
    put_char('\0');
  }

 private:
  template <std::size_t Bytes>
  void put(const std::array<char, Bytes>& bytes) noexcept {
    std::memcpy(to_, bytes.data(), Bytes);
    to_ += Bytes;
  }

  char* to_;
};

constexpr std::size_t kTypeBytes = 1;
constexpr std::size_t kLengthBytes = 4;
constexpr std::string_view kPortal = "";  // the one without a name
constexpr std::size_t kExecuteLength = kLengthBytes + kPortal.size() + 1 + 4;

constexpr std::size_t text_bytes(std::string_view text) noexcept {
  return text.size() + 1;
}

/// Appends `size` bytes, which `write(writer)` has to write, all of them.
template <typename Write>
void append(std::string& bytes, std::size_t size, const Write& write) {
  const std::size_t at = bytes.size();
  bytes.resize_and_overwrite(at + size, [&](char* all, std::size_t) {
    Writer out(all + at);
    write(out);
    return at + size;
  });
}

/// A message about a prepared statement.
void append_about(std::string& bytes, char type, std::string_view name) {
  const std::size_t length = kLengthBytes + 1 + text_bytes(name);
  append(bytes, kTypeBytes + length, [&](Writer& out) {
    out.begin(type, length);
    out.put_char('S');
    out.put_text(name);
  });
}

}  // namespace

void Request::parse(std::string_view name, std::string_view sql) {
  const std::size_t length = kLengthBytes + text_bytes(name) + text_bytes(sql) + 2;
  append(bytes_, kTypeBytes + length, [&](Writer& out) {
    out.begin('P', length);
    out.put_text(name);
    out.put_text(sql);
    out.put16(0);  // the server infers every parameter's type
  });
}

void Request::describe(std::string_view name) {
  append_about(bytes_, 'D', name);
}

void Request::run(std::string_view name, const TextParameters& parameters, std::span<const Format> formats,
                  std::int32_t limit) {
  std::size_t bind = kLengthBytes + text_bytes(kPortal) + text_bytes(name) + 2 + 2 + 4 * parameters.size() +
                     2 + 2 * formats.size();
  for (const auto& parameter : parameters)
    bind += parameter ? parameter->size() : 0;
  append(bytes_, kTypeBytes + bind + kTypeBytes + kExecuteLength, [&](Writer& out) {
    out.begin('B', bind);
    out.put_text(kPortal);
    out.put_text(name);
    out.put16(0);  // every parameter is text
    out.put16(parameters.size());
    for (const auto& parameter : parameters) {
      out.put32(parameter ? parameter->size() : 0xFFFF'FFFFU);
      if (parameter) out.put_bytes(*parameter);
    }
    out.put16(formats.size());
    for (const Format format : formats)
      out.put16(static_cast<std::size_t>(format));
    out.begin('E', kExecuteLength);
    out.put_text(kPortal);
    out.put32(static_cast<std::size_t>(limit));
  });
}

void Request::query(std::string_view sql, const TextParameters& parameters) {
  parse("", sql);
  run("", parameters, {});
}

void Request::close(std::string_view name) {
  append_about(bytes_, 'C', name);
}

void Request::sync() {
  append(bytes_, kTypeBytes + kLengthBytes, [](Writer& out) { out.begin('S', kLengthBytes); });
  ++syncs_;
}

void Request::mark_sent(std::size_t count) {
  constexpr std::size_t kKept = std::size_t{1} << 16;
  sent_ += count;
  if (sent_ < bytes_.size()) return;
  sent_ = 0;
  if (bytes_.capacity() > kKept) {
    bytes_ = std::string();
  } else {
    bytes_.clear();
  }
}

}  // namespace penstock::postgresql
