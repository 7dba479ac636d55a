// Opening a session: libmariadb's part.
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "datasources/mysql/errors.hpp"
#include "datasources/mysql/options.hpp"
#include "datasources/mysql/session.hpp"

namespace penstock::mysql {

namespace {

Error connect_timeout() {
  Error error;
  error.code = ErrorCode::timeout;
  error.message = "the server did not answer in time";
  error.retryable = true;
  return error;
}

int poll_timeout(Deadline deadline) {
  if (deadline.is_never()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining()).count();
  return static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
}

void set_tls(MYSQL* client, const Options& options) {
  const auto text = [&](mysql_option option, const std::string& value) {
    if (!value.empty()) mysql_optionsv(client, option, value.c_str());
  };
  const my_bool no = 0;
  const my_bool yes = 1;
  if (options.tls == TlsMode::disabled) {
    mysql_optionsv(client, MYSQL_OPT_SSL_ENFORCE, &no);
    return;
  }
  mysql_optionsv(client, MYSQL_OPT_SSL_ENFORCE, &yes);
  mysql_optionsv(client, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  text(MYSQL_OPT_SSL_CA, options.ca);
  text(MYSQL_OPT_SSL_CERT, options.certificate);
  text(MYSQL_OPT_SSL_KEY, options.key);
  mysql_optionsv(client, MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
                 options.tls == TlsMode::verify_identity ? &yes : &no);
}

// Who listens, or says to be the server, must not be told the password as it is: the plugins that send it so
// are for a server whose certificate was checked, or that is on this machine.
void set_plugins(MYSQL* client, const Options& options) {
  if (options.tls == TlsMode::verify_identity || !options.socket.empty()) return;
  mysql_optionsv(
      client, MARIADB_OPT_RESTRICTED_AUTH,
      "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,auth_gssapi_client");
}

void set_options(MYSQL* client, const Options& options) {
  constexpr std::size_t kStack = std::size_t{128} << 10;  // of the library's own coroutine, while it connects
  const unsigned int none = 0;
  const my_bool no = 0;
  const unsigned int protocol = options.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(client, MYSQL_OPT_NONBLOCK, &kStack);
  mysql_optionsv(client, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(client, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(client, MYSQL_OPT_LOCAL_INFILE, &none);
  mysql_optionsv(client, MYSQL_OPT_RECONNECT, &no);
  mysql_options4(client, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "penstock");
  set_tls(client, options);
  set_plugins(client, options);
}

// Waits for what the library waits for.
Result<int> await(MYSQL* client, int wanted, Deadline deadline) {
  int events = 0;
  if ((wanted & MYSQL_WAIT_READ) != 0) events |= POLLIN;
  if ((wanted & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
  if ((wanted & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
  for (;;) {
    pollfd socket{static_cast<int>(mysql_get_socket(client)), static_cast<short>(events), 0};
    const int ready = poll(&socket, 1, poll_timeout(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::unexpected(connect_timeout());
    int seen = 0;
    // A socket that failed is for the library to find out by using it.
    if ((socket.revents & (POLLIN | POLLERR | POLLHUP)) != 0) seen |= wanted & MYSQL_WAIT_READ;
    if ((socket.revents & (POLLOUT | POLLERR | POLLHUP)) != 0) seen |= wanted & MYSQL_WAIT_WRITE;
    if ((socket.revents & POLLPRI) != 0) seen |= wanted & MYSQL_WAIT_EXCEPT;
    if (seen != 0) return seen;
  }
}

Result<void> connect(MYSQL* client, const Options& options, const std::string& host, Deadline deadline) {
  MYSQL* connected = nullptr;
  const char* socket = options.socket.empty() ? nullptr : options.socket.c_str();
  int wanted = mysql_real_connect_start(&connected, client, socket == nullptr ? host.c_str() : nullptr,
                                        options.user.c_str(), options.password.reveal().c_str(), nullptr,
                                        options.port, socket, CLIENT_FOUND_ROWS);
  while (wanted != 0) {
    auto seen = await(client, wanted, deadline);
    if (!seen) return pass_error(seen);
    wanted = mysql_real_connect_cont(&connected, client, *seen);
  }
  if (connected != nullptr) return {};
  return std::unexpected(connect_error(static_cast<std::uint16_t>(mysql_errno(client)),
                                       mysql_sqlstate(client), mysql_error(client)));
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Options& options, const std::string& address,
                                               Deadline deadline) {
  ClientHandle client(mysql_init(nullptr));
  if (client == nullptr) return fail(ErrorCode::unavailable, "there is no memory for a connection");
  set_options(client.get(), options);
  // The library compares the certificate with the name it was given, so it looks that up itself; it was found
  // a moment ago.
  const bool by_name = address.empty() || options.tls == TlsMode::verify_identity;
  if (auto connected = connect(client.get(), options, by_name ? options.host : address, deadline); !connected)
    return pass_error(connected);
  const bool encrypted = mysql_get_ssl_cipher(client.get()) != nullptr;
  if (!encrypted && options.tls >= TlsMode::required && options.socket.empty()) {
    return fail(ErrorCode::unavailable, "the server offers no encrypted connection, which ssl_mode asks for");
  }
  const int socket = static_cast<int>(mysql_get_socket(client.get()));
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK) != 0)
    return std::unexpected(lost_connection("no mode without blocking"));
  const int wake_up = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_up < 0) return fail(ErrorCode::unavailable, "this process has no file descriptors left");
  return std::unique_ptr<Session>(new Session(std::move(client), wake_up));
}

}  // namespace penstock::mysql
