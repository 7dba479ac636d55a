// Which packet of the server is what: answers have no kind of their own, so it follows from what was sent and
// what came before. A value without a socket.
// Source: https://mariadb.com/kb/en/result-set-packets/, /com_stmt_prepare/
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace penstock::mysql {

class Answers {
 public:
  /// What a command is answered with.
  enum class Kind : std::uint8_t {
    ok,             ///< OK or ERR
    text_result,    ///< OK, ERR, or rows in text form
    binary_result,  ///< OK, ERR, or rows in binary form
    prepared,       ///< ERR, or a statement's number with its parameters and columns
  };
  enum class Packet : std::uint8_t {
    ok,
    error,    ///< ends the answer
    columns,  ///< how many columns there are, and whether they are described
    column,   ///< one column's description
    column_end,
    row,
    rows_end,
    prepared,
    parameter,  ///< one parameter's description; no server says anything in it
    parameter_end,
    progress,  ///< says nothing about the answer
    broken,    ///< nothing that the protocol has here
  };

  void expect(Kind kind) { owed_.push_back(kind); }
  /// What the next packet is, which is taken to have come.
  [[nodiscard]] Packet classify(std::string_view payload) noexcept;
  [[nodiscard]] bool empty() const noexcept { return owed_.empty(); }
  /// The packet that comes next begins the answer to a command.
  [[nodiscard]] bool at_begin() const noexcept { return state_ == State::begin; }
  /// The rows of the answer under way are in binary form.
  [[nodiscard]] bool in_binary_rows() const noexcept {
    return state_ == State::rows && !owed_.empty() && owed_.front() == Kind::binary_result;
  }
  /// As the last OK or end of rows had them (SERVER_STATUS_...).
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }

 private:
  enum class State : std::uint8_t { begin, columns, rows, parameters, described };

  [[nodiscard]] Packet classify_begin(std::string_view payload) noexcept;
  [[nodiscard]] Packet classify_ok(std::string_view payload) noexcept;
  [[nodiscard]] Packet begin_columns(std::string_view payload) noexcept;
  [[nodiscard]] Packet begin_prepared(std::string_view payload) noexcept;
  [[nodiscard]] Packet classify_description(std::string_view payload) noexcept;
  void finish() noexcept;
  void begin_descriptions() noexcept;

  std::deque<Kind> owed_;
  State state_ = State::begin;
  std::uint64_t left_ = 0;          // descriptions of this state that are to come
  std::uint64_t columns_left_ = 0;  // of a prepared statement, behind its parameters
  std::uint16_t status_ = 0;
};

}  // namespace penstock::mysql
