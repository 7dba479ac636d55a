#include "server/config_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

#include "server/log.hpp"

namespace penstock::server {

bool is_config_file(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> kNames{
      "datasources.yaml", "summary.yaml", "server.yaml", "tools.yaml",
      "principals.yaml",  "keys.yaml",    ".env",        "..data"};
  return std::ranges::find(kNames, name) != kNames.end();
}

ConfigWatch::ConfigWatch(std::filesystem::path folder)
    : folder_(std::move(folder)), descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  watch();
}

ConfigWatch::~ConfigWatch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ConfigWatch::watch() {
  constexpr std::uint32_t kEvents =
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF;
  if (descriptor_ >= 0 && ::inotify_add_watch(descriptor_, folder_.c_str(), kEvents) >= 0) return;
  log(LogLevel::warning, "config_not_watched",
      {{"folder", folder_.native()}, {"error", std::strerror(errno)}, {"hint", "send SIGHUP after changes"}});
}

void ConfigWatch::look(Clock::time_point now) {
  alignas(inotify_event) std::array<char, 8192> events;
  bool folder_gone = false;
  for (;;) {
    const ssize_t size = ::read(descriptor_, events.data(), events.size());
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, events.data() + at, sizeof(event));
      const char* const name = event.len == 0 ? "" : events.data() + at + sizeof(event);
      if (is_config_file(name) || (event.mask & IN_Q_OVERFLOW) != 0) due_ = now + kQuiet;
      folder_gone = folder_gone || (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0;
      at += sizeof(event) + event.len;
    }
  }
  if (!folder_gone) return;
  due_ = now + kQuiet;
  watch();
}

}  // namespace penstock::server
