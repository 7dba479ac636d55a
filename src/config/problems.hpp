// Collecting the mistakes of one file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "config/text.hpp"

namespace penstock::config {

/// The mistakes of one file. A message must never carry the value of a secret. Beyond kMaxShown, mistakes are
/// counted only, so that a file that is no configuration at all does not bury its reader.
class FileProblems {
 public:
  static constexpr std::size_t kMaxShown = 200;

  explicit FileProblems(std::filesystem::path file) : file_(std::move(file)) {}
  void add(Place where, std::string message);
  /// About the file as a whole.
  void add(std::string message) { add(Place{}, std::move(message)); }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// True once further mistakes are only counted; work on their messages is wasted then.
  [[nodiscard]] bool full() const noexcept { return problems_.size() >= kMaxShown; }
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  /// Appends them to `all` in the order of lines.
  void append_to(std::vector<Problem>& all) &&;

 private:
  std::filesystem::path file_;
  std::vector<Problem> problems_;
  std::size_t count_ = 0;
};

/// "; did you mean `host`?" when a candidate is near, else empty.
[[nodiscard]] std::string did_you_mean(std::string_view wanted, std::span<const std::string> candidates);

/// "`a`, `b` and `c`".
[[nodiscard]] std::string listed(std::span<const std::string> names);

}  // namespace penstock::config
