// Descriptions of results, read from a session.
#pragma once

#include "datasources/mysql/session.hpp"
#include "datasources/mysql/statement_cache.hpp"

namespace penstock::mysql {

/// Gathers the descriptions of a result's columns.
class ShapeReader {
 public:
  /// One more column. Errors: `unavailable`, when it is none.
  [[nodiscard]] Result<void> add(Session& session, std::string_view payload);
  /// `known`, when it is the same.
  [[nodiscard]] ResultShapePtr finish(const ResultShapePtr& known);

 private:
  std::string descriptions_;
  std::vector<Field> fields_;
  std::vector<Codec> codecs_;
};

/// The answer to a prepare. Errors: Session::next()'s, and the server's.
[[nodiscard]] Result<void> read_prepared(Session& session, PreparedStatement& into, Deadline deadline);

}  // namespace penstock::mysql
