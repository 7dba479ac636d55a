// Changes of the configuration's files.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

namespace penstock::server {

/// Watches a folder (inotify(7)). One thread at a time.
class ConfigWatch {
 public:
  using Clock = std::chrono::steady_clock;
  /// Files are written one after the other: this long after the last change they count as done.
  static constexpr std::chrono::milliseconds kQuiet{300};

  /// A folder that cannot be watched is not: then nothing is ever due.
  explicit ConfigWatch(std::filesystem::path folder);
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;
  ~ConfigWatch();

  /// Readable when something happened; -1 when nothing is watched.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Reads what happened.
  void look(Clock::time_point now);
  /// When the configuration is to be read again; nothing while nothing changed.
  [[nodiscard]] std::optional<Clock::time_point> due() const noexcept { return due_; }
  void done() noexcept { due_.reset(); }

 private:
  void watch();

  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::optional<Clock::time_point> due_;
};

/// Whether a file of this name is part of a configuration. "..data" is: where Kubernetes mounts files, a link
/// of that name is all that changes.
[[nodiscard]] bool is_config_file(std::string_view name) noexcept;

}  // namespace penstock::server
