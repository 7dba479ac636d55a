#include "datasources/postgresql/session.hpp"

#include <array>
#include <cerrno>
#include <chrono>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/wire.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::size_t kHeader = 5;  // a message's type and length
constexpr std::size_t kBuffer = std::size_t{1} << 17;
// PostgreSQL builds a message in memory of at most this size (its MaxAllocSize).
constexpr std::size_t kMaxRow = std::size_t{1} << 30;
constexpr std::chrono::milliseconds kJustHeard{1};
// Of anything but a row: no server sends that much about itself.
constexpr std::size_t kMaxMessage = std::size_t{1} << 26;

// The time that poll() takes, in whole milliseconds, rounded up so that it does not return before the
// deadline.
int poll_timeout(Deadline deadline) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

std::unexpected<Error> out_of_time() {
  return fail(ErrorCode::timeout, "the query did not end within its time limit",
              "Narrow it down, or allow it more time.");
}

}  // namespace

Session::Session(ConnectionHandle connection, int wake_up)
    : connection_(std::move(connection)),
      tls_(static_cast<SSL*>(PQsslStruct(connection_.get(), "OpenSSL"))),
      socket_(PQsocket(connection_.get())),
      wake_up_(wake_up),
      buffer_(kBuffer) {
  for (const char* name : {"server_version", "server_encoding", "client_encoding", "is_superuser",
                           "standard_conforming_strings", "in_hot_standby"}) {
    if (const char* value = PQparameterStatus(connection_.get(), name)) parameters_[name] = value;
  }
}

Session::~Session() {
  close(wake_up_);
}

std::unexpected<Error> Session::lost(std::string_view words) {
  broken_ = true;
  return std::unexpected(lost_connection(words));
}

std::unexpected<Error> Session::protocol_error(std::string_view what) {
  broken_ = true;
  Error error = lost_connection(what);
  error.message = "the server's answers do not follow the protocol of PostgreSQL";
  error.retryable = false;
  return std::unexpected(std::move(error));
}

// --- bytes -------------------------------------------------------------------------------------------------

Session::Progress Session::tls_progress(int result, int& error) const noexcept {
  error = errno;
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
  int error = 0;
  if (tls_ != nullptr) {
    ERR_clear_error();
    const int got = SSL_read(tls_, to, static_cast<int>(std::min(room, std::size_t{1} << 30)));
    if (got <= 0) return tls_progress(got, error);
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
    int error = 0;
    const int put =
        SSL_write(tls_, unsent.data(), static_cast<int>(std::min(unsent.size(), std::size_t{1} << 30)));
    if (put <= 0) return tls_progress(put, error);
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
    if (ready == 0) return out_of_time();
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
  owed_ += request_.take_syncs();
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
  if (heard_ >= deadline.time()) return out_of_time();
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

void Session::send_now() {
  while (!broken_ && !request_.unsent().empty() && write_some() == Progress::done) {
  }
  if (!request_.unsent().empty()) return;
  owed_ += request_.take_syncs();
}

Session::Arrival Session::gather(std::uint64_t units) {
  // More than small results make; its limits hold on the usual way.
  constexpr std::size_t kMost = std::size_t{1} << 22;
  if (broken_ || !request_.unsent().empty()) return Arrival::other;
  for (;;) {
    if (const Arrival arrival = look_over(units); arrival != Arrival::partial) return arrival;
    if (end_ - begin_ > kMost) return Arrival::other;
    make_room();
    const Progress progress = read_some();
    if (progress == Progress::wants_read) return Arrival::partial;
    if (progress != Progress::done) return Arrival::other;
    heard_ = Deadline::Clock::now();
  }
}

Session::Arrival Session::look_over(std::uint64_t units) {
  if (units_ended_ + gathered_units_ >= units) return Arrival::whole;
  while (end_ - begin_ >= gathered_ + kHeader) {
    const char* const at = buffer_.data() + begin_ + gathered_;
    const auto length = from_big_endian<std::uint32_t>(at + 1);
    if (*at == 'E' || length < 4 || length > kMaxMessage) return Arrival::other;
    if (end_ - begin_ - gathered_ <= length) return Arrival::partial;
    gathered_ += length + 1;
    if (*at == 'Z' && units_ended_ + ++gathered_units_ == units) return Arrival::whole;
  }
  return Arrival::partial;
}

// --- messages ----------------------------------------------------------------------------------------------

// Of a row that has not arrived whole: the lengths of the values that have begun.
Result<void> Session::check_growing_row(std::size_t length) {
  constexpr std::size_t kFirst = kHeader + 2;  // behind the number of columns
  if (row_looked_ == 0) row_looked_ = kFirst;
  while (begin_ + row_looked_ + 4 <= end_) {
    const auto bytes = from_big_endian<std::int32_t>(buffer_.data() + begin_ + row_looked_);
    if (bytes > max_value_bytes_) {
      return fail(ErrorCode::limit_exceeded,
                  "the result has a value of " + std::to_string(bytes) +
                      " bytes, more than max_value_bytes (" + std::to_string(max_value_bytes_) + ") allows",
                  "Ask for a part of it, as with substr().");
    }
    row_looked_ += 4 + static_cast<std::size_t>(std::max(bytes, 0));
    if (row_looked_ > length + 1) return protocol_error("a row whose values are longer than itself");
  }
  return {};
}

Result<Message> Session::next(Deadline deadline) {
  if (broken_) return lost();
  if (!request_.unsent().empty()) {
    if (auto sent = send_request(deadline); !sent) return pass_error(sent);
    sent_ = begin_ == end_;
  }
  for (;;) {
    if (end_ - begin_ >= kHeader) {
      const char type = buffer_[begin_];
      const auto length = from_big_endian<std::uint32_t>(buffer_.data() + begin_ + 1);
      if (length < 4 || length > (type == 'D' ? kMaxRow : kMaxMessage)) {
        return protocol_error("a message of a length that none has");
      }
      if (end_ - begin_ > length) {
        const Message message{type, {buffer_.data() + begin_ + kHeader, length - 4}};
        begin_ += length + 1;
        gathered_ -= std::min<std::size_t>(gathered_, length + 1);
        row_looked_ = 0;
        if (type == 'N' || type == 'A') continue;  // notices and notifications
        if (type == 'S') {
          note_parameter(message.body);
          continue;
        }
        if (type == 'Z') {
          --owed_;
          ++units_ended_;
          gathered_units_ -= std::min<std::uint64_t>(gathered_units_, 1);
          status_ = message.body.empty() ? '?' : message.body.front();
        }
        return message;
      }
      if (type == 'D') {
        if (auto fits = check_growing_row(length); !fits) return pass_error(fits);
      }
    }
    if (auto received = receive(deadline); !received) return pass_error(received);
  }
}

Result<std::string> Session::finish_command(Deadline deadline) {
  for (;;) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    switch (message->type) {
      case 'C': {
        const std::string_view tag = message->body;
        return std::string(tag.substr(0, tag.find('\0')));
      }
      case 'I':
        return std::string();
      case 'E':
        return std::unexpected(error_of(*message));
      case 'Z':
        return protocol_error("the end of the unit before that of the command");
      default:
        break;
    }
  }
}

Result<TextRows> Session::finish_query(Deadline deadline) {
  TextRows rows;
  for (;;) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    if (message->type == 'C') return rows;
    if (message->type == 'E') return std::unexpected(error_of(*message));
    if (message->type == 'Z') return protocol_error("the end of the unit before that of the query");
    if (message->type != 'D') continue;
    WireReader reader(message->body);
    auto& row = rows.emplace_back();
    for (int left = reader.take<std::int16_t>().value_or(0); left > 0; --left) {
      const auto length = reader.take<std::int32_t>();
      if (!length) return protocol_error("a row that is shorter than it says");
      if (*length < 0) {
        row.emplace_back();
        continue;
      }
      const auto text = reader.take_bytes(static_cast<std::size_t>(*length));
      if (!text) return protocol_error("a row that is shorter than it says");
      row.emplace_back(std::string(*text));
    }
  }
}

Result<void> Session::finish_unit(Deadline deadline) {
  for (;;) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    if (message->type == 'E') return std::unexpected(error_of(*message));
    if (message->type == 'Z') return {};
  }
}

Result<void> Session::drain(Deadline deadline) {
  if (auto sent = send_request(deadline); !sent) return sent;
  while (owed_ > 0) {
    auto message = next(deadline);
    if (!message) return pass_error(message);
    if (message->type == 'E') {
      const Error error = error_of(*message);
      if (broken_) return std::unexpected(error);
    }
  }
  return {};
}

Error Session::error_of(const Message& message) {
  ServerError fields(message.body);
  if (fields.is_fatal()) broken_ = true;
  error_position_ = fields.position();
  return fields.to_error();
}

void Session::note_parameter(std::string_view body) {
  const std::size_t end = body.find('\0');
  if (end == body.npos) return;
  const std::string_view value = body.substr(end + 1);
  parameters_[std::string(body.substr(0, end))] = value.substr(0, value.find('\0'));
}

std::string_view Session::parameter(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? std::string_view() : std::string_view(found->second);
}

// --- runs --------------------------------------------------------------------------------------------------

void Session::begin_run(std::int64_t max_value_bytes) noexcept {
  max_value_bytes_ = max_value_bytes;
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

bool Session::is_remote() const noexcept {
  const char* host = PQhost(connection_.get());
  const char* address = PQhostaddr(connection_.get());
  if (host == nullptr || address == nullptr || *host == '/' || *host == '@') return false;
  const std::string_view text(address);
  return !text.empty() && !text.starts_with("127.") && text != "::1";
}

ConnectionHandle Session::take_handle() noexcept {
  broken_ = true;
  tls_ = nullptr;
  return std::move(connection_);
}

}  // namespace penstock::postgresql
