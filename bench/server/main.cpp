#include <charconv>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "comparison/bank.hpp"
#include "comparison/postgresql_bank.hpp"
#include "server/client.hpp"

namespace server_client {

int keep_bank(const std::string& directory) {
  const comparison::PostgresqlBank bank(directory);
  fmt::print("{} {}\n", bank.port(), bank.process_id());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

namespace {

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    comparison::give_up("not a number: " + std::string(text));
  return value;
}

int run(std::span<char*> arguments) {
  const auto is = [&](std::string_view command, std::size_t count) {
    return arguments.size() == count + 1 && arguments[0] == command;
  };
  if (is("bank", 1)) return keep_bank(arguments[1]);
  if (is("latency", 4)) {
    return measure_latency(number<std::uint16_t>(arguments[1]), number<std::uint16_t>(arguments[2]),
                           arguments[3], arguments[4]);
  }
  if (is("connections", 3)) {
    return keep_connections(number<std::uint16_t>(arguments[1]), number<std::size_t>(arguments[2]),
                            arguments[3]);
  }
  fmt::print(stderr,
             "usage: server_client bank DIRECTORY\n"
             "       server_client latency PORT POSTGRESQL_PORT DIRECTORY REQUEST_FILE\n"
             "       server_client connections PORT COUNT REQUEST_FILE\n");
  return 2;
}

}  // namespace

}  // namespace server_client

int main(int argc, char** argv) {
  return server_client::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
}
