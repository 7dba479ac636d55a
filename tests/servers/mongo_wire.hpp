// MongoDB's wire protocol, as far as servers of tests speak it:
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <bson/bson.h>
#include <netinet/in.h>
#include <unistd.h>

namespace penstock::test {

inline constexpr std::size_t kMessageHeader = 16;
inline constexpr std::int32_t kOpMsg = 2'013;
inline constexpr std::int32_t kOpQuery = 2'004;  // of the first hello alone
/// Of an OP_MSG: behind the flags and the kind of the section.
inline constexpr std::size_t kDocumentAt = kMessageHeader + 4 + 1;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

[[nodiscard]] sockaddr_in loopback(std::uint16_t port);
/// A socket that listens on loopback; port 0 takes a free one, and is set to it. Throws std::runtime_error.
[[nodiscard]] int listen_on_loopback(std::uint16_t& port);
[[nodiscard]] std::int32_t number_at(const std::string& message, std::size_t offset);
/// Where the command of a message begins; nothing when it has none.
[[nodiscard]] std::optional<std::size_t> command_at(const std::string& message);
/// A whole message; nothing at the end, or once `ending`.
[[nodiscard]] std::optional<std::string> read_message(int descriptor, const std::atomic<bool>& ending);
[[nodiscard]] bool send_all(int descriptor, const std::string& message);
/// The answer to a message, of its kind.
[[nodiscard]] std::string reply_to(const std::string& message, const bson_t& document);

}  // namespace penstock::test
