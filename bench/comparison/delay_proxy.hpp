// A network between a client and a server on this machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace comparison {

/// Listens on a free port of the loopback and hands bytes on to another one, each way late by half a round
/// trip. For one request at a time: what is sent while something is under way waits for that.
class DelayProxy {
 public:
  DelayProxy(std::uint16_t target, std::chrono::microseconds round_trip);
  DelayProxy(const DelayProxy&) = delete;
  DelayProxy& operator=(const DelayProxy&) = delete;
  ~DelayProxy();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void accept_all();
  void hand_on(int from, int to) const;

  std::uint16_t target_;
  std::chrono::microseconds delay_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<int> sockets_;  // the acceptor's, until it has ended
  std::vector<std::jthread> carriers_;
  std::jthread acceptor_;
};

}  // namespace comparison
