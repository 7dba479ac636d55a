// What is sent to the server: messages of the extended query protocol, queued in one buffer.
// Source: https://www.postgresql.org/docs/15/protocol-message-formats.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::postgresql {

/// Values of one execution in text form, of which the server decides the types; nothing is NULL.
using TextParameters = std::vector<std::optional<std::string>>;

/// The most parameters that a statement can have: their number is sent in 16 bits.
inline constexpr std::size_t kMaxParameters = 65'535;

/// Representations of a result's columns.
enum class Format : std::int16_t { text = 0, binary = 1 };

/// Messages in the order they are to be sent. Names and statements hold no NUL.
class Request {
 public:
  /// Prepares a statement; an empty name replaces the last one without a name.
  void parse(std::string_view name, std::string_view sql);
  void describe(std::string_view name);
  /// Runs a prepared statement. One format for all columns, or one a column. With a limit, the server stops
  /// after so many rows with PortalSuspended; 0: none.
  void run(std::string_view name, const TextParameters& parameters, std::span<const Format> formats,
           std::int32_t limit = 0);
  void run(std::string_view name) { run(name, {}, {}); }
  /// Prepares and runs in one; every column comes as text.
  void query(std::string_view sql, const TextParameters& parameters = {});
  /// Forgets a prepared statement; no error when there is none.
  void close(std::string_view name);
  /// The end of a unit: the server answers it with ReadyForQuery, whatever happened before.
  void sync();

  [[nodiscard]] std::string_view unsent() const noexcept { return std::string_view(bytes_).substr(sent_); }
  void mark_sent(std::size_t count);
  /// Units that ended since take_syncs().
  [[nodiscard]] int syncs() const noexcept { return syncs_; }
  [[nodiscard]] int take_syncs() noexcept { return std::exchange(syncs_, 0); }

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
  int syncs_ = 0;
};

}  // namespace penstock::postgresql
