// systemd, or whoever started the process, as far as it wants to be told (sd_notify(3)).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::server {

/// Sends datagrams to the socket that NOTIFY_SOCKET names; does nothing where there is none.
class ServiceManager {
 public:
  /// Looks at NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  [[nodiscard]] static ServiceManager from_environment();

  void ready(std::string_view status) const;
  void reloading() const;
  void stopping() const;
  void alive() const;
  /// How often alive() is due, half the time after which the process would be taken for dead; nothing: nobody
  /// watches.
  [[nodiscard]] std::optional<std::chrono::milliseconds> alive_every() const noexcept { return alive_every_; }

 private:
  void send(std::string_view state) const;

  std::string socket_;  ///< a path; of the abstract namespace when it begins with '@'
  std::optional<std::chrono::milliseconds> alive_every_;
};

}  // namespace penstock::server
