#include "datasources/sqlite/sqlite.hpp"

namespace penstock::sqlite {

DataSourceType type() {
  DataSourceType type;
  type.spec.name = "sqlite";
  return type;
}

}  // namespace penstock::sqlite
