// The documents that a command answers with, batch by batch from the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <bson/bson.h>

#include "penstock/error.hpp"

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/client.hpp"

namespace penstock::mongodb {

/// One cursor of the server. Borrows the client; destroying it before the end closes the cursor at the
/// server.
class Cursor {
 public:
  enum class As : std::uint8_t {
    read,   ///< with the configured preference, concern and time limit
    plain,  ///< as it is
  };

  Cursor(Client& client, std::string physical_database, std::uint32_t server)
      : client_(&client), database_(std::move(physical_database)), server_(server) {}
  ~Cursor() { close(); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  /// Sends the command; its answer may be a cursor, or `values` (distinct), or `n` (count).
  [[nodiscard]] Result<void> start(const bson_t& command, As as);
  /// What the answer of the command was.
  enum class Answer : std::uint8_t { documents, values, count };
  [[nodiscard]] Answer answer() const noexcept { return answer_; }

  /// The next document; null at the end. It lives until the next call. Of documents. A view, as a bson_t
  /// would lose its alignment as a template's argument.
  [[nodiscard]] Result<const DocumentView*> next();
  /// Goes to the next value, of any answer: a document, one of the values, the count. False at the end.
  [[nodiscard]] Result<bool> next_value();
  /// Stands on the value that next_value() went to.
  [[nodiscard]] const bson_iter_t& value() const noexcept { return at_; }
  /// Closes the cursor at the server when it is open there.
  void close() noexcept;

 private:
  [[nodiscard]] Result<void> take_batch(const char* batch_key);
  [[nodiscard]] Result<void> get_more();

  Client* client_;
  std::string database_;
  std::uint32_t server_;
  Answer answer_ = Answer::documents;
  Reply reply_;
  bson_iter_t at_{};
  std::optional<DocumentView> document_;  // what next() gave
  bool has_batch_ = false;
  std::int64_t id_ = 0;
  std::string collection_;
  std::int64_t documents_ = 0;  // so far, and
  std::int64_t bytes_ = 0;      // theirs
};

}  // namespace penstock::mongodb
