// Which statements may reach code of the database's users, as the catalogue says.
#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

Result<std::shared_ptr<const CodeMap>> PostgresConnection::code_map(Deadline deadline) {
  CatalogCopy<CodeMap>& maps = shared_->code_maps;
  auto [current, renew] = maps.current();
  if (!renew) return current;
  Value::List trusted;
  for (std::string& name : CodeMap::trusted_extensions())
    trusted.emplace_back(std::move(name));
  auto parameters = to_text_parameters(Params{shared_->options.searched_schemas, std::move(trusted)});
  if (!parameters) return pass_error(parameters);
  auto rows = ask(CodeMap::probe_sql(), *parameters, deadline);
  if (!rows) return pass_error(rows);
  auto map = std::make_shared<CodeMap>();
  for (const auto& row : *rows) {
    if (row.size() == 3 && row[0] && row[1] && row[2] && map->add(*row[0], *row[1], *row[2])) continue;
    return fail(ErrorCode::internal, "the server's catalogue answers otherwise than it was asked");
  }
  maps.publish(map);
  return map;
}

Result<bool> PostgresConnection::reaches_code(const Execution& execution) {
  auto map = code_map(execution.deadline);
  if (!map) return pass_error(map);
  const SearchPath& path = shared_->options.search_paths.find(execution.database)->second;
  return (*map)->reaches_code(execution.analysis, path.schemas);
}

}  // namespace penstock::postgresql
