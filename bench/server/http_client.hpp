// HTTP as a benchmark needs it: one request at a time on a connection that stays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace server_client {

/// A request with a mark of six characters wherever the key goes; keys have six digits, so its length stays.
class RequestTemplate {
 public:
  static constexpr std::string_view kMark = "@@@@@@";
  explicit RequestTemplate(const std::string& file);
  [[nodiscard]] std::string with_key(std::int64_t key) const;

 private:
  std::string text_;
};

/// The key of the n-th request: six digits, and no other n has it until all 900,000 were used.
[[nodiscard]] constexpr std::int64_t nth_key(std::int64_t n) {
  return 100'000 + n * 7919 % 900'000;
}
/// A text that only the answer to `key` has, by the arithmetic of the table.
[[nodiscard]] std::string name_of(std::int64_t key);

/// One connection to the loopback. Ends the program when anything goes wrong.
class Connection {
 public:
  explicit Connection(std::uint16_t port);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// Sends a request and checks that it is answered with 200 and a body that contains `expected`.
  void ask(std::string_view request, std::string_view expected);

 private:
  void read_some(std::string& into) const;

  int socket_ = -1;
};

}  // namespace server_client
