#include "cli/unknown_name.hpp"

#include <algorithm>

namespace penstock::cli {

bool is_unknown_database(const DataSourceManager& manager, std::string_view database) {
  return std::ranges::none_of(manager.databases(),
                              [&](const DatabaseInfo& info) { return info.id == database; });
}

}  // namespace penstock::cli
