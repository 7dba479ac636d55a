// A statement as a connection runs it where relations are masked.
#pragma once

#include <memory>

#include "datasources/postgresql/mask_map.hpp"

namespace penstock::postgresql {

/// What holds while it runs: the server must have the relations as the map has them.
struct MaskedStatement {
  std::shared_ptr<const MaskMap> map;
  std::shared_ptr<const Masking> masking;  ///< null: it runs as it was written
  Params params;                           ///< then: the caller's and the hash's keys
  bool views = false;                      ///< it reads views
};

}  // namespace penstock::postgresql
