// What is sent to the server: commands, queued in one buffer and sent together.
// Source: https://mariadb.com/kb/en/1-binary-protocol-prepared-statements/, /2-text-protocol/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "penstock/query.hpp"

#include "datasources/mysql/answers.hpp"

namespace penstock::mysql {

/// The values of one execution as COM_STMT_EXECUTE carries them.
struct BoundParameters {
  std::size_t count = 0;
  std::string nulls;  ///< a bit each
  std::string types;  ///< two bytes each
  std::string values;
};

/// Commands in the order they are to be sent. What is owed for them is noted in an Answers.
class Request {
 public:
  explicit Request(Answers& answers) noexcept : answers_(answers) {}
  void query(std::string_view sql);  ///< in text form, of ours
  void use_database(std::string_view name);
  void prepare(std::string_view sql);
  void execute(std::uint32_t statement, const BoundParameters& parameters);
  void close_statement(std::uint32_t statement);  ///< is not answered
  void reset_connection();
  void ping();

  [[nodiscard]] std::string_view unsent() const noexcept { return std::string_view(bytes_).substr(sent_); }
  void mark_sent(std::size_t count);

 private:
  void begin(char command);
  void end();

  Answers& answers_;
  std::string bytes_;
  std::size_t packet_ = 0;  // where the packet being written begins
  std::size_t sent_ = 0;
};

}  // namespace penstock::mysql
