#include "manager/statement_analysis.hpp"

#include <utility>

#include "penstock/utf8.hpp"

#include "datasources/guarded.hpp"

namespace penstock {

namespace {

std::optional<ParameterizedStatement> parameterized(const Source& source, std::string_view sql) {
  auto form = guarded(source.config.name, [&] {
    return Result<std::optional<ParameterizedStatement>>(source.driver->parameterize(sql));
  });
  return form ? std::move(*form) : std::nullopt;
}

Error read_only_error(const DataSourceConfig& config) {
  if (config.access == Access::read_only) {
    return fail(ErrorCode::read_only,
                "datasource '" + config.name + "' is read-only, and this statement may write",
                "Only statements that read are accepted; to allow writes, its configuration must say "
                "`access: read_write`.")
        .error();
  }
  return fail(ErrorCode::read_only, "who asks may only read, and this statement may write",
              "Only statements that read are accepted.")
      .error();
}

}  // namespace

Result<std::shared_ptr<const KnownStatement>> analyze_statement(Source& source, const StatementKey& key,
                                                                const Grant* grant) {
  const std::string_view sql = key.sql;
  const DataSourceConfig& config = source.config;
  const Access access = source.access_for(grant);
  StatementMemo& memo = source.memo(access);
  std::shared_ptr<const KnownStatement> statement = memo.find(key);
  if (statement == nullptr) {
    if (!is_valid_utf8(sql) || sql.find('\0') != std::string_view::npos) {
      return fail(ErrorCode::invalid_argument,
                  "a statement is text in UTF-8 without NUL bytes, and this is not");
    }
    auto analyzed =
        guarded(config.name, [&] { return source.driver->analyze({sql, key.database, access, grant}); });
    if (!analyzed) return pass_error(analyzed);
    statement = std::make_shared<const KnownStatement>(std::move(*analyzed));
    memo.insert(key, statement);
  }
  // The driver's own analysis says so already; this holds whatever a driver forgets.
  if (statement->analysis.may_write && access == Access::read_only)
    return std::unexpected(read_only_error(config));
  if (statement->analysis.reads_catalogue && !source.is_granted_whole(grant)) {
    return fail(ErrorCode::forbidden,
                "the statement asks the engine's catalogue, which tells of databases beyond those granted",
                "search_schema, or GET /v1/databases/{id}/schema, tells of the tables of those that are.");
  }
  return statement;
}

Result<RunnableStatement> runnable_statement(Source& source, const StatementKey& key, const Grant* grant) {
  if (source.memo(source.access_for(grant)).find(key) == nullptr) {
    if (auto form = parameterized(source, key.sql)) {
      auto statement = analyze_statement(source, {key.database, key.role, form->sql}, grant);
      if (statement && (*statement)->reads() &&
          (*statement)->parameterization.is_in_use(Deadline::Clock::now())) {
        return RunnableStatement{std::move(*statement), std::move(form)};
      }
    }
  }
  auto statement = analyze_statement(source, key, grant);
  if (!statement) return pass_error(statement);
  return RunnableStatement{std::move(*statement), std::nullopt};
}

std::shared_ptr<const KnownStatement> known_statement(Source& source, const StatementKey& key,
                                                      const Grant* grant) {
  StatementMemo& memo = source.memo(source.access_for(grant));
  auto statement = memo.find(key);
  if (statement != nullptr) return statement;
  if (const auto form = parameterized(source, key.sql))
    statement = memo.find({key.database, key.role, form->sql});
  // One that is paused does not run in the text's place.
  const bool runs = statement != nullptr && statement->parameterization.is_in_use(Deadline::Clock::now());
  return runs ? statement : nullptr;
}

Result<ExplainStatement> explain_statement(const RoutingTable& routing, std::string_view database,
                                           std::string_view sql, const ExplainOptions& options,
                                           const Grant* grant) {
  const Route* route = routing.find(database, grant);
  if (route == nullptr) return std::unexpected(routing.unknown_database(database, grant));
  Source& source = *route->source;
  if (!source.enabled()) return std::unexpected(RoutingTable::disabled_database(*route));
  const auto statement = analyze_statement(source, {route->database, {}, sql}, grant);
  if (!statement) return std::unexpected(statement.error());
  if ((*statement)->analysis.kind == StatementKind::explain) {
    return fail(ErrorCode::invalid_argument,
                "this is an explanation already: give the statement to be explained",
                "Run it as a query to have what it asks for.");
  }
  if (options.analyze && (*statement)->analysis.may_write) {
    return fail(ErrorCode::forbidden, "to analyze this statement would carry it out, and it may write",
                "Ask for its plan without `analyze`.");
  }
  return guarded(source.config.name, [&] { return source.driver->explain(sql, options); });
}

}  // namespace penstock
