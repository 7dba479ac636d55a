#include <algorithm>

#include "penstock/data_source.hpp"

#include "core/ascii_case.hpp"
#include "datasources/duckdb/duckdb.hpp"
#include "datasources/mongodb/mongodb.hpp"
#include "datasources/mysql/mysql.hpp"
#include "datasources/postgresql/postgresql.hpp"
#include "datasources/sqlite/sqlite.hpp"

namespace penstock {

namespace {

bool answers_to(const DataSourceType& type, std::string_view name) {
  return equal_ignoring_case(type.spec.name, name) ||
         std::ranges::any_of(type.spec.aliases,
                             [&](const std::string& alias) { return equal_ignoring_case(alias, name); });
}

}  // namespace

DataSourceRegistry DataSourceRegistry::with_builtin_types() {
  DataSourceRegistry registry;
  registry.types_.push_back(sqlite::type());
  registry.types_.push_back(postgresql::type());
  registry.types_.push_back(mysql::type());
  registry.types_.push_back(duckdb::type());
  registry.types_.push_back(mongodb::type());
  return registry;
}

Result<void> DataSourceRegistry::add(DataSourceType type) {
  std::vector<std::string> names = type.spec.aliases;
  names.push_back(type.spec.name);
  for (const std::string& name : names) {
    if (name.empty())
      return fail(ErrorCode::invalid_argument, "a datasource type needs a name that is not empty");
    if (find(name) != nullptr) {
      return fail(ErrorCode::invalid_argument, "there is already a datasource type called '" + name + "'");
    }
  }
  types_.push_back(std::move(type));
  return {};
}

const DataSourceType* DataSourceRegistry::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find_if(types_, [&](const DataSourceType& type) { return answers_to(type, name); });
  return found == types_.end() ? nullptr : &*found;
}

}  // namespace penstock
