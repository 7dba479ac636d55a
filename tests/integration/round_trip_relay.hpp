// Counts the round trips between a client and a server on this machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace penstock::test {

/// Listens on a free port of the loopback and hands bytes on to another one. A round trip begins whenever the
/// client sends something after it heard something, or for the first time.
class RoundTripRelay {
 public:
  explicit RoundTripRelay(std::uint16_t target);
  RoundTripRelay(const RoundTripRelay&) = delete;
  RoundTripRelay& operator=(const RoundTripRelay&) = delete;
  ~RoundTripRelay();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Of all connections, since the last question.
  [[nodiscard]] int taken() noexcept { return trips_.exchange(0); }

 private:
  void serve(const std::stop_token& stop);
  void carry(int client, const std::stop_token& stop);

  std::uint16_t target_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> trips_ = 0;
  std::vector<std::jthread> carriers_;  // the acceptor's, until it has ended
  std::jthread acceptor_;
};

}  // namespace penstock::test
