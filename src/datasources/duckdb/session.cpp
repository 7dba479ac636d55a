#include "datasources/duckdb/session.hpp"

#include <utility>

#include "core/nearest.hpp"
#include "datasources/duckdb/catalogue.hpp"
#include "datasources/duckdb/errors.hpp"
#include "datasources/duckdb/own_statements.hpp"
#include "datasources/duckdb/statement_text.hpp"

namespace penstock::duckdb {

namespace {

constexpr std::size_t kKeptStatements = 64;

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const Api& api, std::shared_ptr<Instance> instance,
                                               const LogicalDatabase& database,
                                               const std::vector<std::string>& named) {
  auto connection = instance->connect(database, named);
  if (!connection) return pass_error(connection);
  return std::unique_ptr<Session>(
      new Session(api, std::move(instance), std::move(*connection), database, named));
}

Result<PreparedStatement*> Session::prepare(std::string_view sql) {
  if (const auto known = by_text_.find(sql); known != by_text_.end()) {
    statements_.splice(statements_.begin(), statements_, known->second);
    return &statements_.front();
  }
  const std::string text(sql);
  auto compiled = compile(text);
  if (!compiled) return pass_error(compiled);
  if (auto allowed = check_kind(text, compiled->type); !allowed) return pass_error(allowed);
  if (statements_.size() == kKeptStatements) {
    by_text_.erase(statements_.back().sql);
    statements_.pop_back();
  }
  const bool explains = compiled->type == DUCKDB_STATEMENT_TYPE_EXPLAIN;
  statements_.push_front({.sql = text, .handle = std::move(compiled->handle), .explains = explains});
  by_text_.emplace(statements_.front().sql, statements_.begin());
  return &statements_.front();
}

Result<Session::Compiled> Session::compile(const std::string& sql) const {
  ExtractedHandle extracted(*api_);
  const idx_t count = api_->extract_statements(connection(), sql.c_str(), extracted.out());
  if (count == 0) {
    const char* problem = extracted ? api_->extract_statements_error(extracted.get()) : nullptr;
    if (problem != nullptr) return std::unexpected(explained(problem));
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  }
  if (count != 1)
    return fail(ErrorCode::invalid_argument, "more than one statement; send one statement a call");
  Compiled compiled{.handle = PreparedHandle(*api_)};
  if (api_->prepare_extracted_statement(connection(), extracted.get(), 0, compiled.handle.out()) !=
      DuckDBSuccess) {
    const char* problem = compiled.handle ? api_->prepare_error(compiled.handle.get()) : nullptr;
    return std::unexpected(explained(problem == nullptr ? "" : problem));
  }
  compiled.type = api_->prepared_statement_type(compiled.handle.get());
  return compiled;
}

Result<void> Session::check_kind(const std::string& sql, duckdb_statement_type type) const {
  if (type == DUCKDB_STATEMENT_TYPE_SELECT) return {};
  auto refused =
      fail(ErrorCode::read_only,
           "this access is read-only, and DuckDB takes the statement for another than SELECT or EXPLAIN "
           "of one");
  refused.error().sqlstate = "25006";
  if (type != DUCKDB_STATEMENT_TYPE_EXPLAIN) return refused;
  // EXPLAIN ANALYZE runs what it explains.
  const Explained inner = split_explain(sql);
  if (!inner.explains) return refused;
  auto compiled = compile(std::string(inner.statement));
  if (!compiled) return pass_error(compiled);
  if (compiled->type != DUCKDB_STATEMENT_TYPE_SELECT) return refused;
  return {};
}

Error Session::explained(std::string_view message) const {
  Error error = error_of(message, database_.name);
  const std::string missing(missing_table(message));
  if (missing.empty()) return error;
  if (!instance_->problem_of(missing).empty()) {
    error.code = ErrorCode::invalid_data;
    error.message = "the files of `" + missing + "` in " + database_.name + " cannot be read as a table";
    error.server_message = instance_->problem_of(missing);
    return error;
  }
  // Without a list there is no suggestion, and the error stands as it is.
  const auto tables = table_names(*api_, connection(), database_);
  if (!tables) return error;
  if (const auto nearest = nearest_name(missing, *tables))
    error.hint = "did you mean `" + std::string(*nearest) + "`?";
  return error;
}

}  // namespace penstock::duckdb
