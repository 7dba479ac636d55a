// libpq's places with their hosts' addresses, so that libpq has nothing to look up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "penstock/query.hpp"

#include "datasources/name_lookup.hpp"
#include "datasources/postgresql/keywords.hpp"

namespace penstock::postgresql {

/// Thread-safe.
class Resolver {
 public:
  using LookUp = NameLookup::LookUp;
  [[nodiscard]] static Result<std::vector<std::string>> ask_system(const std::string& host) {
    return NameLookup::ask_system(host);
  }

  explicit Resolver(LookUp look_up = NameLookup::ask_system) : names_(std::move(look_up)) {}

  /// See NameLookup::addresses().
  [[nodiscard]] Result<std::vector<std::string>> addresses(const std::string& host, Deadline deadline) {
    return names_.addresses(host, deadline);
  }
  /// The same place with every address of its hosts beside their names (libpq's `hostaddr`), so that libpq
  /// has nothing to look up. Of several hosts, those that are not found are left out. Errors: those of the
  /// first when none is left.
  [[nodiscard]] Result<Keywords> resolve(const Keywords& place, Deadline deadline);

 private:
  NameLookup names_;
};

}  // namespace penstock::postgresql
