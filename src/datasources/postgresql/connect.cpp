// Opening a session: libpq's part.
#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>

#include "datasources/postgresql/errors.hpp"
#include "datasources/postgresql/session.hpp"

namespace penstock::postgresql {

namespace {

int poll_timeout(Deadline deadline) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

Error connect_timeout() {
  Error error;
  error.code = ErrorCode::timeout;
  error.message = "the server did not answer in time";
  error.retryable = true;
  return error;
}

Result<void> finish_connecting(PGconn* connection, Deadline deadline) {
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED) return std::unexpected(connect_error(PQerrorMessage(connection)));
    pollfd socket{PQsocket(connection),
                  static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    const int ready = poll(&socket, 1, poll_timeout(deadline));
    if (ready == 0 || (ready < 0 && errno != EINTR)) return std::unexpected(connect_timeout());
    if (ready > 0) status = PQconnectPoll(connection);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Keywords& keywords, Deadline deadline) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  ConnectionHandle connection(PQconnectStartParams(names.data(), values.data(), 0));
  if (connection == nullptr) return fail(ErrorCode::unavailable, "there is no memory for a connection");
  if (PQstatus(connection.get()) == CONNECTION_BAD) {
    return std::unexpected(connect_error(PQerrorMessage(connection.get())));
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);  // which adds the SQLSTATE
  if (auto connected = finish_connecting(connection.get(), deadline); !connected)
    return pass_error(connected);
  if (PQsetnonblocking(connection.get(), 1) != 0)
    return std::unexpected(lost_connection("no mode without blocking"));
  const int wake_up = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_up < 0) return fail(ErrorCode::unavailable, "this process has no file descriptors left");
  return std::unique_ptr<Session>(new Session(std::move(connection), wake_up));
}

}  // namespace penstock::postgresql
