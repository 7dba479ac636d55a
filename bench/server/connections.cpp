#include <cstdio>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "server/client.hpp"
#include "server/http_client.hpp"

namespace server_client {

namespace {

void raise_file_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int keep_connections(std::uint16_t server, std::size_t count, const std::string& request_file) {
  raise_file_limit();
  const RequestTemplate request(request_file);
  std::vector<Connection> connections;
  connections.reserve(count);
  std::int64_t asked = 0;
  const auto ask = [&](Connection& connection) {
    const std::int64_t key = nth_key(asked++);
    connection.ask(request.with_key(key), name_of(key));
  };
  while (connections.size() < count)
    ask(connections.emplace_back(server));
  for (Connection& connection : connections)
    ask(connection);
  fmt::print("{{\"open\": {}, \"answers\": {}}}\n", connections.size(), asked);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace server_client
