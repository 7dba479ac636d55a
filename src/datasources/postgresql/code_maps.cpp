// Which statements may reach code of the database's users, as the catalogue says.
#include "datasources/postgresql/code_maps.hpp"

#include "datasources/postgresql/connection.hpp"
#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::chrono::seconds kLife{60};
// Until somebody else tries, when whoever began to read a new copy did not finish.
constexpr std::chrono::seconds kRetry{5};

}  // namespace

CodeMaps::Current CodeMaps::current() {
  const std::scoped_lock lock(mutex_);
  if (map_ == nullptr) return {nullptr, true};
  const bool renew = renew_at_.expired();
  if (renew) renew_at_ = Deadline::after(kRetry);
  return {map_, renew};
}

std::shared_ptr<const CodeMap> CodeMaps::last() {
  const std::scoped_lock lock(mutex_);
  return map_;
}

void CodeMaps::publish(std::shared_ptr<const CodeMap> map) {
  const std::scoped_lock lock(mutex_);
  map_ = std::move(map);
  renew_at_ = Deadline::after(kLife);
}

void CodeMaps::invalidate() {
  const std::scoped_lock lock(mutex_);
  map_ = nullptr;
}

Result<std::shared_ptr<const CodeMap>> PostgresConnection::code_map(Deadline deadline) {
  CodeMaps& maps = shared_->code_maps;
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
