// The copy of a database's names that its connections share, and when it is time for a new one.
#pragma once

#include <memory>
#include <mutex>

#include "penstock/query.hpp"

#include "datasources/postgresql/code_map.hpp"

namespace penstock::postgresql {

/// Thread-safe.
class CodeMaps {
 public:
  struct Current {
    std::shared_ptr<const CodeMap> map;  ///< null: there is none yet
    bool renew = false;                  ///< the caller, and for now nobody else, should read a new one
  };
  [[nodiscard]] Current current();
  /// What there is, however old; null: nothing.
  [[nodiscard]] std::shared_ptr<const CodeMap> last();
  void publish(std::shared_ptr<const CodeMap> map);
  /// Something was defined: whoever comes next reads a new one, and nobody uses the old.
  void invalidate();

 private:
  std::mutex mutex_;
  std::shared_ptr<const CodeMap> map_;
  Deadline renew_at_ = Deadline::never();
};

}  // namespace penstock::postgresql
