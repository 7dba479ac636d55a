#include "datasources/mysql/answers.hpp"

#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr std::uint16_t kMoreResults = 8;  // SERVER_MORE_RESULTS_EXIST
constexpr std::size_t kEndLength = 5;      // 0xFE, warnings, status

bool is_end(std::string_view payload) noexcept {
  return !payload.empty() && payload.front() == '\xFE' && payload.size() < 9;
}

bool is_error(std::string_view payload) noexcept {
  return !payload.empty() && payload.front() == '\xFF';
}

bool is_progress(std::string_view payload) noexcept {
  return is_error(payload) && payload.size() >= 3 && payload[1] == '\xFF' && payload[2] == '\xFF';
}

}  // namespace

void Answers::finish() noexcept {
  owed_.pop_front();
  state_ = State::begin;
}

Answers::Packet Answers::classify(std::string_view payload) noexcept {
  if (owed_.empty() || payload.empty()) return Packet::broken;
  if (is_progress(payload)) return Packet::progress;
  if (is_error(payload)) {
    finish();
    return Packet::error;
  }
  switch (state_) {
    case State::begin:
      return classify_begin(payload);
    case State::rows:
      if (!is_end(payload)) return Packet::row;
      if (payload.size() < kEndLength) return Packet::broken;
      status_ = from_little_endian<std::uint16_t>(payload.substr(3));
      state_ = State::begin;
      if ((status_ & kMoreResults) == 0) finish();
      return Packet::rows_end;
    default:
      return classify_description(payload);
  }
}

Answers::Packet Answers::classify_begin(std::string_view payload) noexcept {
  const bool zero = payload.front() == '\0';
  switch (owed_.front()) {
    case Kind::ok:
      return zero ? classify_ok(payload) : Packet::broken;
    case Kind::prepared:
      return zero ? begin_prepared(payload) : Packet::broken;
    default:
      return zero ? classify_ok(payload) : begin_columns(payload);
  }
}

Answers::Packet Answers::classify_ok(std::string_view payload) noexcept {
  WireReader reader(payload.substr(1));
  const auto rows = reader.take_length();
  const auto id = rows ? reader.take_length() : std::nullopt;
  const auto status = id ? reader.take<std::uint16_t>() : std::nullopt;
  if (!status) return Packet::broken;
  status_ = *status;
  if ((status_ & kMoreResults) == 0) finish();
  return Packet::ok;
}

// A file to be sent (0xFB) is nothing that was offered.
Answers::Packet Answers::begin_columns(std::string_view payload) noexcept {
  WireReader reader(payload);
  const auto count = reader.take_length();
  if (!count || *count == 0) return Packet::broken;
  // A server that the client keeps descriptions for says whether they follow.
  const auto described = reader.take<std::uint8_t>();
  left_ = described == std::uint8_t{0} ? 0 : *count;
  state_ = left_ > 0 ? State::columns : State::described;
  return Packet::columns;
}

Answers::Packet Answers::begin_prepared(std::string_view payload) noexcept {
  WireReader reader(payload.substr(1));
  const auto number = reader.take<std::uint32_t>();
  const auto columns = number ? reader.take<std::uint16_t>() : std::nullopt;
  const auto parameters = columns ? reader.take<std::uint16_t>() : std::nullopt;
  if (!parameters) return Packet::broken;
  columns_left_ = *columns;
  left_ = *parameters;
  state_ = State::parameters;
  if (left_ == 0) begin_descriptions();
  return Packet::prepared;
}

// Behind a prepared statement's parameters.
void Answers::begin_descriptions() noexcept {
  left_ = columns_left_;
  state_ = State::columns;
  if (left_ == 0) finish();
}

Answers::Packet Answers::classify_description(std::string_view payload) noexcept {
  const bool of_statement = owed_.front() == Kind::prepared;
  const bool of_parameters = state_ == State::parameters;
  if (left_ > 0) {
    if (is_end(payload)) return Packet::broken;
    --left_;
    if (left_ == 0 && state_ == State::columns) state_ = State::described;
    return of_parameters ? Packet::parameter : Packet::column;
  }
  if (!is_end(payload)) return Packet::broken;
  if (of_parameters) {
    begin_descriptions();
    return Packet::parameter_end;
  }
  if (of_statement) {
    finish();
  } else {
    state_ = State::rows;
  }
  return Packet::column_end;
}

}  // namespace penstock::mysql
