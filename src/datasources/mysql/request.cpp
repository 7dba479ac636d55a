#include "datasources/mysql/request.hpp"

#include <algorithm>

namespace penstock::mysql {

namespace {

constexpr std::size_t kHeader = 4;
constexpr std::size_t kMaxPayload = 0xFF'FFFF;

}  // namespace

void Request::begin(char command) {
  packet_ = bytes_.size();
  bytes_.append(kHeader, '\0');
  bytes_ += command;
}

// The length goes in front; what is longer than a packet may be becomes several.
void Request::end() {
  std::size_t left = bytes_.size() - packet_ - kHeader;
  std::uint8_t sequence = 0;
  std::size_t at = packet_;
  for (;;) {
    const std::size_t length = std::min(left, kMaxPayload);
    for (std::size_t i = 0; i < 3; ++i)
      bytes_[at + i] = static_cast<char>((length >> (8 * i)) & 0xFFU);
    bytes_[at + 3] = static_cast<char>(sequence++);
    left -= length;
    if (length < kMaxPayload) return;
    at += kHeader + length;
    bytes_.insert(at, kHeader, '\0');
  }
}

void Request::query(std::string_view sql) {
  begin('\x03');
  bytes_ += sql;
  end();
  answers_.expect(Answers::Kind::text_result);
}

void Request::use_database(std::string_view name) {
  begin('\x02');
  bytes_ += name;
  end();
  answers_.expect(Answers::Kind::ok);
}

void Request::prepare(std::string_view sql) {
  begin('\x16');
  bytes_ += sql;
  end();
  answers_.expect(Answers::Kind::prepared);
}

void Request::execute(std::uint32_t statement, const BoundParameters& parameters) {
  begin('\x17');
  bytes_.append(reinterpret_cast<const char*>(&statement), sizeof statement);
  bytes_ += '\0';  // no cursor: the rows come as they are found
  const std::uint32_t iterations = 1;
  bytes_.append(reinterpret_cast<const char*>(&iterations), sizeof iterations);
  if (parameters.count > 0) {
    bytes_ += parameters.nulls;
    bytes_ += '\x01';  // the types follow
    bytes_ += parameters.types;
    bytes_ += parameters.values;
  }
  end();
  answers_.expect(Answers::Kind::binary_result);
}

void Request::close_statement(std::uint32_t statement) {
  begin('\x19');
  bytes_.append(reinterpret_cast<const char*>(&statement), sizeof statement);
  end();
}

void Request::reset_connection() {
  begin('\x1f');
  end();
  answers_.expect(Answers::Kind::ok);
}

void Request::ping() {
  begin('\x0e');
  end();
  answers_.expect(Answers::Kind::ok);
}

void Request::mark_sent(std::size_t count) {
  sent_ += count;
  if (sent_ < bytes_.size()) return;
  constexpr std::size_t kKept = std::size_t{1} << 16;
  bytes_.clear();
  if (bytes_.capacity() > kKept) bytes_.shrink_to_fit();
  sent_ = 0;
}

}  // namespace penstock::mysql
