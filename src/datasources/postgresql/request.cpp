#include "datasources/postgresql/request.hpp"

namespace penstock::postgresql {

void Request::begin(char type) {
  bytes_ += type;
  message_ = bytes_.size();
  put32(0);
}

void Request::end() {
  const std::size_t length = bytes_.size() - message_;
  for (std::size_t i = 0; i < 4; ++i)
    bytes_[message_ + i] = static_cast<char>(length >> (8 * (3 - i)) & 0xFFU);
}

void Request::put16(std::size_t value) {
  bytes_ += static_cast<char>(value >> 8U & 0xFFU);
  bytes_ += static_cast<char>(value & 0xFFU);
}

void Request::put32(std::size_t value) {
  put16(value >> 16U & 0xFFFFU);
  put16(value & 0xFFFFU);
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
