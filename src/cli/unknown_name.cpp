#include "cli/unknown_name.hpp"

namespace penstock::cli {

bool is_unknown_database(const DataSourceManager& manager, std::string_view database) {
  return manager.validate_databases({database}).code == ErrorCode::not_found;
}

}  // namespace penstock::cli
