// A copy of what the catalogue says that the connections of a datasource share, and when it is time for a new
// one.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include "penstock/query.hpp"

namespace penstock::postgresql {

/// Thread-safe.
template <typename Map>
class CatalogCopy {
 public:
  struct Current {
    std::shared_ptr<const Map> map;  ///< null: there is none yet
    bool renew = false;              ///< the caller, and for now nobody else, should read a new one
  };
  [[nodiscard]] Current current() {
    const std::scoped_lock lock(mutex_);
    if (map_ == nullptr) return {nullptr, true};
    const bool renew = renew_at_.expired();
    if (renew) renew_at_ = Deadline::after(kRetry);
    return {map_, renew};
  }
  /// The one in force, when nobody needs to read another; null otherwise.
  [[nodiscard]] std::shared_ptr<const Map> fresh() {
    const std::scoped_lock lock(mutex_);
    return renew_at_.expired() ? nullptr : map_;
  }
  /// What there is, however old; null: nothing.
  [[nodiscard]] std::shared_ptr<const Map> last() {
    const std::scoped_lock lock(mutex_);
    return map_;
  }
  void publish(std::shared_ptr<const Map> map) {
    const std::scoped_lock lock(mutex_);
    map_ = std::move(map);
    renew_at_ = Deadline::after(kLife);
  }
  /// Something was defined: whoever comes next reads a new one, and nobody uses the old.
  void invalidate() {
    const std::scoped_lock lock(mutex_);
    map_ = nullptr;
  }

 private:
  static constexpr std::chrono::seconds kLife{60};
  // Until somebody else tries, when whoever began to read a new copy did not finish.
  static constexpr std::chrono::seconds kRetry{5};

  std::mutex mutex_;
  std::shared_ptr<const Map> map_;
  Deadline renew_at_ = Deadline::never();
};

}  // namespace penstock::postgresql
