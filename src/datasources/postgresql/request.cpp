#include "datasources/postgresql/request.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace penstock::postgresql {

namespace {

template <std::size_t Bytes>
std::array<char, Bytes> big_endian(std::size_t value) noexcept {
  std::array<char, Bytes> bytes{};
  for (std::size_t i = 0; i < Bytes; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (Bytes - 1 - i)) & 0xFFU);
  return bytes;
}

}  // namespace

void Request::begin(char type) {
  bytes_ += type;
  message_ = bytes_.size();
  put32(0);
}

void Request::end() {
  const auto length = big_endian<4>(bytes_.size() - message_);
  std::ranges::copy(length, bytes_.begin() + static_cast<std::ptrdiff_t>(message_));
}

void Request::put16(std::size_t value) {
  const auto bytes = big_endian<2>(value);
  bytes_.append(bytes.data(), bytes.size());
}

void Request::put32(std::size_t value) {
  const auto bytes = big_endian<4>(value);
  bytes_.append(bytes.data(), bytes.size());
}

void Request::put_text(std::string_view text) {
  bytes_.append(text).append(1, '\0');
}

void Request::parse(std::string_view name, std::string_view sql) {
  begin('P');
  put_text(name);
  put_text(sql);
  put16(0);  // the server infers every parameter's type
  end();
}

void Request::describe(std::string_view name) {
  begin('D');
  bytes_ += 'S';
  put_text(name);
  end();
}

void Request::run(std::string_view name, const TextParameters& parameters, std::span<const Format> formats,
                  std::int32_t limit) {
  begin('B');
  put_text("");  // the portal
  put_text(name);
  put16(0);  // every parameter is text
  put16(parameters.size());
  for (const auto& parameter : parameters) {
    put32(parameter ? parameter->size() : 0xFFFF'FFFFU);
    if (parameter) bytes_ += *parameter;
  }
  put16(formats.size());
  for (const Format format : formats)
    put16(static_cast<std::size_t>(format));
  end();
  begin('E');
  put_text("");
  put32(static_cast<std::size_t>(limit));
  end();
}

void Request::query(std::string_view sql, const TextParameters& parameters) {
  parse("", sql);
  run("", parameters, {});
}

void Request::close(std::string_view name) {
  begin('C');
  bytes_ += 'S';
  put_text(name);
  end();
}

void Request::sync() {
  begin('S');
  end();
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
