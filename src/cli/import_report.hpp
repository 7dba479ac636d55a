// What `penstock import` has to say of what it did.
#pragma once

#include <string>
#include <vector>

#include "cli/console.hpp"
#include "importers/import.hpp"

namespace penstock::cli {

struct ImportReport {
  const importers::Imported& imported;
  std::string file;    ///< that was imported, for places; empty: a connection string
  std::string folder;  ///< that was written to
  std::vector<std::string> written;

  /// Whether something could not be carried over.
  [[nodiscard]] bool has_losses() const;
  /// What was written, for standard output.
  [[nodiscard]] std::string as_text() const;
  [[nodiscard]] std::string as_json(bool pretty) const;
  /// The findings, and what is to be done next, on standard error.
  void tell(const Console& console) const;
};

}  // namespace penstock::cli
