#include "datasources/mysql/session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasources/mysql/client.hpp"

// The library's socket and TLS, whose layouts are part of its plugins' interface. The headers want this much
// of its own ones.
using uchar = unsigned char;
#define HAVE_TLS 1
#include <ma_pvio.h>
#include <ma_tls.h>

#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/wire.hpp"

namespace penstock::mysql {

namespace {

constexpr std::size_t kHeader = 4;  // a packet's length in three bytes, and its number
constexpr std::size_t kLargestPacket = 0xFF'FFFF;
constexpr std::size_t kBuffer = std::size_t{1} << 17;
constexpr std::size_t kMaxRow = std::size_t{1} << 31;
constexpr std::chrono::milliseconds kJustHeard{1};

// The time that poll() takes, in whole milliseconds, rounded up so that it does not return before the
// deadline.
int poll_timeout(Deadline deadline) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

SSL* tls_of(MYSQL* client) noexcept {
  const MARIADB_PVIO* io = client->net.pvio;
  return io == nullptr || io->ctls == nullptr ? nullptr : static_cast<SSL*>(io->ctls->ssl);
}

std::size_t payload_length(const char* header) noexcept {
  return from_little_endian<std::uint16_t>({header, sizeof(std::uint16_t)}) |
         (static_cast<std::size_t>(static_cast<unsigned char>(header[2])) << 16U);
}

}  // namespace

Session::Session(ClientHandle client, int wake_up)
    : client_(std::move(client)),
      tls_(tls_of(client_.get())),
      socket_(static_cast<int>(mysql_get_socket(client_.get()))),
      wake_up_(wake_up),
      mariadb_(mariadb_connection(client_.get()) != 0),
      version_(mysql_get_server_info(client_.get())),
      id_(mysql_thread_id(client_.get())),
      buffer_(kBuffer) {}

Session::~Session() {
  close(wake_up_);
  // What the library says in closing must not wait for a server that takes nothing in.
  if (client_ != nullptr && broken_) shutdown(socket_, SHUT_RDWR);
}

std::unexpected<Error> Session::lost(std::string_view words) {
  broken_ = true;
  return std::unexpected(lost_connection(words));
}

std::unexpected<Error> Session::protocol_error(std::string_view what) {
  broken_ = true;
  Error error = lost_connection(what);
  error.message = "the server's answers do not follow the protocol of MySQL";
  error.retryable = false;
  return std::unexpected(std::move(error));
}

// --- bytes -------------------------------------------------------------------------------------------------

Session::Progress Session::tls_progress(int result) const noexcept {
  switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_READ:
      return Progress::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Progress::wants_write;
    default:
      return Progress::closed;
  }
}

Session::Progress Session::read_some() {
  char* const to = buffer_.data() + end_;
  const std::size_t room = buffer_.size() - end_;
  if (tls_ != nullptr) {
    ERR_clear_error();
    const int got = SSL_read(tls_, to, static_cast<int>(std::min(room, std::size_t{1} << 30)));
    if (got <= 0) return tls_progress(got);
    end_ += static_cast<std::size_t>(got);
    return Progress::done;
  }
  const ssize_t got = recv(socket_, to, room, MSG_DONTWAIT);
  if (got < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Progress::wants_read
                                                                     : Progress::closed;
  }
  if (got == 0) return Progress::closed;
  end_ += static_cast<std::size_t>(got);
  return Progress::done;
}

Session::Progress Session::write_some() {
  const std::string_view unsent = request_.unsent();
  if (tls_ != nullptr) {
    ERR_clear_error();
    const int put =
        SSL_write(tls_, unsent.data(), static_cast<int>(std::min(unsent.size(), std::size_t{1} << 30)));
    if (put <= 0) return tls_progress(put);
    request_.mark_sent(static_cast<std::size_t>(put));
    return Progress::done;
  }
  const ssize_t put = send(socket_, unsent.data(), unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Progress::wants_write
                                                                     : Progress::closed;
  }
  request_.mark_sent(static_cast<std::size_t>(put));
  return Progress::done;
}

Result<void> Session::await(short events, Deadline deadline) {
  for (;;) {
    if (interrupted()) return fail(ErrorCode::cancelled, "the query was cancelled");
    std::array<pollfd, 2> files{pollfd{socket_, events, 0}, pollfd{wake_up_, POLLIN, 0}};
    const int ready = poll(files.data(), files.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) return lost("poll() failed");
    if (ready == 0) return std::unexpected(out_of_time());
    if (ready < 0) continue;
    if (files[1].revents != 0 && !interrupted()) forget_wake_ups();  // meant for a run that is over
    if (files[0].revents != 0 && !interrupted()) return {};
  }
}

Result<void> Session::send_request(Deadline deadline) {
  while (!request_.unsent().empty()) {
    const Progress progress = write_some();
    if (progress == Progress::closed) {
      // The server may have said why before it hung up.
      request_.mark_sent(request_.unsent().size());
      return {};
    }
    if (progress == Progress::done) continue;
    // A server that is busy sending to us takes nothing in, so what it says is received meanwhile.
    const short events = progress == Progress::wants_write ? POLLIN | POLLOUT : POLLIN;
    if (auto ready = await(events, deadline); !ready) return ready;
    make_room();
    if (read_some() == Progress::closed) return lost();
  }
  return {};
}

// Moves what is there to the front, and makes the buffer larger when it is full.
void Session::make_room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kBuffer) buffer_ = std::vector<char>(kBuffer);
  }
  if (buffer_.size() - end_ >= kBuffer / 4) return;
  if (begin_ >= buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else {
    buffer_.resize(buffer_.size() * 2);
  }
}

Result<void> Session::receive(Deadline deadline) {
  // A server that sends faster than we read never lets us wait.
  if (heard_ >= deadline.time()) return std::unexpected(out_of_time());
  make_room();
  if (std::exchange(sent_, false) && tls_ == nullptr) {
    if (auto ready = await(POLLIN, deadline); !ready) return ready;
  }
  for (;;) {
    switch (read_some()) {
      case Progress::done:
        heard_ = Deadline::Clock::now();
        return {};
      case Progress::closed:
        return lost();
      case Progress::wants_read:
        if (auto ready = await(POLLIN, deadline); !ready) return ready;
        break;
      case Progress::wants_write:
        if (auto ready = await(POLLOUT, deadline); !ready) return ready;
        break;
    }
  }
}

// --- packets -----------------------------------------------------------------------------------------------

// Of a row that has not arrived whole: the lengths of the values that have begun, among its first `length`
// bytes.
Result<void> Session::check_growing_row(std::size_t length) {
  if (std::cmp_less_equal(length, max_value_bytes_) || shape_.empty() || !answers_.in_binary_rows())
    return {};
  const std::size_t bitmap = (shape_.size() + 9) / 8;
  WireReader row({buffer_.data() + begin_ + kHeader, length});
  const auto head = row.take_bytes(1 + bitmap);
  if (!head) return {};
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    const auto bits = static_cast<unsigned char>((*head)[1 + (i + 2) / 8]);
    if (((bits >> ((i + 2) % 8)) & 1U) != 0) continue;
    std::uint64_t bytes = shape_[i];
    if (bytes == 0) {
      const auto said = row.take_length();
      if (!said) return {};
      bytes = *said;
      if (std::cmp_greater(bytes, max_value_bytes_))
        return std::unexpected(value_too_large("the result", bytes, max_value_bytes_));
    }
    if (!row.take_bytes(bytes)) return {};
  }
  return {};
}

// Takes the header out of the middle of a payload that is longer than a packet. Whether the payload is whole.
bool Session::join_packets() {
  for (;;) {
    const std::size_t available = end_ - begin_;
    const std::size_t at = kHeader + joined_;  // of the packet that is to be joined
    if (joined_ == 0) {
      if (available < kHeader) return false;
      const std::size_t length = payload_length(buffer_.data() + begin_);
      if (length < kLargestPacket) return available >= kHeader + length;
      if (available < kHeader + length) return false;
      joined_ = length;
      continue;
    }
    if (available < at + kHeader) return false;
    const std::size_t length = payload_length(buffer_.data() + begin_ + at);
    if (available < at + kHeader + length) return false;
    std::memmove(buffer_.data() + begin_ + at, buffer_.data() + begin_ + at + kHeader,
                 available - at - kHeader);
    end_ -= kHeader;
    joined_ += length;
    if (length < kLargestPacket) return true;
  }
}

Result<std::string_view> Session::next_payload(Deadline deadline) {
  for (;;) {
    if (join_packets()) {
      const std::size_t length = joined_ > 0 ? joined_ : payload_length(buffer_.data() + begin_);
      const std::string_view payload(buffer_.data() + begin_ + kHeader, length);
      if (joined_ > kLargestPacket) {
        if (auto fits = check_growing_row(length); !fits) return pass_error(fits);
      }
      begin_ += kHeader + length;
      joined_ = 0;
      return payload;
    }
    if (end_ - begin_ > kHeader) {
      const std::size_t first = joined_ > 0 ? joined_ : payload_length(buffer_.data() + begin_);
      const std::size_t arrived = std::min(end_ - begin_ - kHeader, first);
      if (auto fits = check_growing_row(arrived); !fits) return pass_error(fits);
      if (end_ - begin_ > kMaxRow) return protocol_error("a row of a length that none has");
    }
    if (auto received = receive(deadline); !received) return pass_error(received);
  }
}

Result<Message> Session::next(Deadline deadline) {
  if (broken_) return lost();
  if (!request_.unsent().empty()) {
    if (auto sent = send_request(deadline); !sent) return pass_error(sent);
    sent_ = begin_ == end_;
  }
  for (;;) {
    auto payload = next_payload(deadline);
    if (!payload) return pass_error(payload);
    // A server that gives up says so whatever was asked, and hangs up.
    if (answers_.empty() && !payload->empty() && payload->front() == '\xFF') {
      const Message last{Answers::Packet::error, *payload};
      Error error = error_of(last);
      broken_ = true;
      return std::unexpected(std::move(error));
    }
    const Answers::Packet kind = answers_.classify(*payload);
    if (kind == Answers::Packet::progress) continue;
    if (kind == Answers::Packet::broken) return protocol_error("a packet that does not belong there");
    return Message{kind, *payload};
  }
}

Result<Done> Session::finish_command(Deadline deadline) {
  for (;;) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    if (message->kind == Answers::Packet::error) return std::unexpected(error_of(*message));
    if (message->kind == Answers::Packet::ok) {
      WireReader reader(message->body.substr(1));
      return Done{.affected_rows = reader.take_length().value_or(0)};
    }
    if (message->kind == Answers::Packet::rows_end) return Done{};
  }
}

Result<TextRows> Session::finish_query(Deadline deadline) {
  TextRows rows;
  for (;;) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    switch (message->kind) {
      case Answers::Packet::error:
        return std::unexpected(error_of(*message));
      case Answers::Packet::ok:
      case Answers::Packet::rows_end:
        return rows;
      case Answers::Packet::row:
        break;
      default:
        continue;
    }
    WireReader reader(message->body);
    auto& row = rows.emplace_back();
    while (!reader.rest().empty()) {
      if (reader.rest().front() == '\xFB') {
        static_cast<void>(reader.take<std::uint8_t>());
        row.emplace_back();
        continue;
      }
      const auto text = reader.take_text();
      if (!text) return protocol_error("a row that is shorter than it says");
      row.emplace_back(std::string(*text));
    }
  }
}

Result<void> Session::drain(Deadline deadline) {
  while (!request_.unsent().empty() || !answers_.empty()) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
  }
  return {};
}

Error Session::error_of(const Message& message) {
  const ServerError error(message.body);
  last_error_ = error.number();
  if (error.ends_session()) broken_ = true;
  return error.to_error();
}

// --- runs --------------------------------------------------------------------------------------------------

void Session::begin_run(std::int64_t max_value_bytes) noexcept {
  max_value_bytes_ = max_value_bytes;
  last_error_ = 0;
  run_.begin();
}

void Session::interrupt() noexcept {
  const std::uint64_t run = run_.running();
  if (run == 0) return;
  run_.cancel(run);
  const std::uint64_t one = 1;
  static_cast<void>(write(wake_up_, &one, sizeof one) == sizeof one);
}

void Session::forget_wake_ups() noexcept {
  std::uint64_t count = 0;
  static_cast<void>(read(wake_up_, &count, sizeof count) == sizeof count);
}

bool Session::hung_up() const noexcept {
  if (begin_ != end_) return true;
  // A read whose session goes within this time is run again, and a write fails before its COMMIT.
  if (Deadline::Clock::now() - heard_ < kJustHeard) return false;
  char byte = 0;
  const ssize_t got = recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

ClientHandle Session::take_handle() noexcept {
  broken_ = true;
  tls_ = nullptr;
  return std::move(client_);
}

}  // namespace penstock::mysql
