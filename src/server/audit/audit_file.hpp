// The file of an audit log: whole lines, rotated by size and age.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

#include "server/audit/audit_line.hpp"

namespace penstock::server {

struct AuditFileOptions {
  std::filesystem::path path;
  std::int64_t max_bytes = std::int64_t{100} << 20;  ///< of one file, before another is begun
  std::chrono::milliseconds max_age = std::chrono::hours(24);
  std::size_t keep = 30;  ///< rotated files; the oldest beyond that are removed
};

/// One thread at a time. Other processes may write to the same path: each write holds the file's lock
/// (flock), and sees when somebody else has renamed the file. A file that is none on a disk (a terminal, a
/// pipe) is written to and nothing else.
class AuditFile {
 public:
  explicit AuditFile(AuditFileOptions options) : options_(std::move(options)) {}
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;
  ~AuditFile() { close(); }

  /// Opens the path anew, for this user alone (0600) where it is made. A line that never came to its end, as
  /// its process died over it, is cut off and kept in a notice. Errors: `unavailable`, with the path.
  [[nodiscard]] Result<void> open(AuditTime now);
  /// Appends whole lines: all of them, or none and an error (`unavailable`). Rotates before, when it is time.
  [[nodiscard]] Result<void> write(std::string_view lines, AuditTime now);
  /// Until all that was written is on the disk.
  [[nodiscard]] Result<void> sync();
  /// What went wrong beside the writing, since the last time.
  [[nodiscard]] std::optional<Error> take_warning() noexcept { return std::exchange(warning_, std::nullopt); }

  /// The name of a file that ended then: "audit.jsonl" becomes "audit-20260131T235959.123456Z.jsonl".
  [[nodiscard]] static std::filesystem::path rotated_name(const std::filesystem::path& path, AuditTime ended);

 private:
  class Lock;

  [[nodiscard]] Result<void> open_unlocked();
  [[nodiscard]] Result<void> repair(AuditTime now);
  [[nodiscard]] bool is_still_there() const noexcept;
  [[nodiscard]] bool is_due(std::size_t more, AuditTime now) const noexcept;
  /// Renames the file that is open. False: it stays, and why is the warning.
  [[nodiscard]] bool rotate(AuditTime now);
  void remove_oldest();
  [[nodiscard]] Result<void> append(std::string_view lines);
  [[nodiscard]] Error failure(std::string_view what, int error) const;
  void close() noexcept;

  const AuditFileOptions options_;
  int descriptor_ = -1;
  bool is_regular_ = false;
  std::optional<AuditTime> began_;  ///< when its first line was written
  AuditTime next_rotation_;         ///< after one that failed
  std::string notices_;             ///< lines that come before what is written next
  std::optional<Error> warning_;
};

}  // namespace penstock::server
