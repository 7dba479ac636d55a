// Where a command's output goes: standard output, or a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/format.hpp"

namespace penstock::cli {

/// Bytes to standard output or to a file. A regular file appears whole at commit(), in place of the one that
/// was there, or not at all: until then the bytes are in a temporary file beside it. One thread at a time.
class Output : public ByteSink {
 public:
  /// An empty path is standard output. `invalid_argument` when the file cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<Output>> open(const std::filesystem::path& file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  /// Without commit(), a file is as if it had never been opened.
  ~Output() override;

  /// `unavailable`, naming the file, when the bytes cannot be written; `cancelled` when nobody reads the pipe
  /// any more.
  [[nodiscard]] Result<void> write(std::string_view bytes) override;
  /// All was written.
  [[nodiscard]] Result<void> commit();
  /// The reader of the pipe has gone, as `head` does when it has its lines.
  [[nodiscard]] bool reader_gone() const noexcept { return reader_gone_; }

 private:
  Output() = default;
  [[nodiscard]] Result<void> open_file(const std::filesystem::path& file);
  [[nodiscard]] Result<void> open_temporary(const std::filesystem::path& target);
  [[nodiscard]] std::unexpected<Error> system_error(ErrorCode code, std::string_view what, int number) const;

  int fd_ = -1;
  std::string name_;                 ///< for messages
  std::filesystem::path temporary_;  ///< empty: bytes go straight to where they belong
  std::filesystem::path target_;
  bool reader_gone_ = false;
};

/// Writes the whole text to standard output.
[[nodiscard]] Result<void> write_standard_output(std::string_view text);

}  // namespace penstock::cli
