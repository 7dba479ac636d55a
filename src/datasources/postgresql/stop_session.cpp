#include "datasources/postgresql/stop_session.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "penstock/query.hpp"

namespace penstock::postgresql {

namespace {

using std::chrono::milliseconds;

// Reads and forgets what the server still says, until it hangs up; false when it has not by then.
bool ends_by(int socket, Deadline deadline) {
  std::array<char, 1 << 15> nowhere;
  while (!deadline.expired()) {
    pollfd file{socket, POLLIN, 0};
    const auto left = std::chrono::ceil<milliseconds>(deadline.remaining()).count();
    if (poll(&file, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t got = recv(socket, nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return true;
  }
  return false;
}

// A server forgets a request to cancel that arrives before it has begun with the statement, and does not see
// that its client is gone while it runs one. So it is told that nothing more will come, which ends the
// session after the statement, and asked again until it has hung up.
void stop(PGconn* connection, Deadline patience) {
  constexpr milliseconds kFirstWait{20};
  const CancelHandle cancel(PQgetCancel(connection));
  const int socket = PQsocket(connection);
  if (cancel == nullptr || socket < 0) return;
  shutdown(socket, SHUT_WR);
  std::array<char, 256> reason{};
  for (milliseconds wait = kFirstWait; !patience.expired(); wait *= 2) {
    PQcancel(cancel.get(), reason.data(), static_cast<int>(reason.size()));
    if (ends_by(socket, patience.min(Deadline::after(wait)))) return;
  }
}

}  // namespace

void cancel_and_close(Canceller& canceller, ConnectionHandle connection) {
  if (connection == nullptr) return;
  canceller.add([connection = std::move(connection)](Deadline patience) {
    stop(connection.get(), patience);
    return true;  // it was asked again already, for as long as there was time
  });
}

}  // namespace penstock::postgresql
