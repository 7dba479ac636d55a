#include "datasources/duckdb/analysis.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/ascii_case.hpp"
#include "datasources/duckdb/functions.hpp"
#include "datasources/duckdb/statement_text.hpp"
#include "datasources/duckdb/syntax_tree.hpp"
#include "datasources/unmapped_qualifier.hpp"

namespace penstock::duckdb {

namespace {

constexpr const char* kParse =
    "SELECT json_serialize_sql($1::VARCHAR, skip_empty := true, skip_null := true, skip_default := true)";

std::unexpected<Error> refused(ErrorCode code, std::string message, std::string hint = {}) {
  auto error = fail(code, std::move(message), std::move(hint));
  if (code == ErrorCode::read_only) error.error().sqlstate = "25006";
  if (code == ErrorCode::syntax_error) error.error().sqlstate = "42601";
  return error;
}

// What DuckDB can parse, but is no SELECT.
std::unexpected<Error> no_query(std::string_view sql) {
  const std::string word(first_word(sql));
  const std::string shown = word.empty() ? "this" : "`" + word.substr(0, 40) + "`";
  return refused(
      ErrorCode::read_only,
      "this access is read-only, and only SELECT, VALUES, WITH ... SELECT, DESCRIBE, SUMMARIZE, SHOW "
      "TABLES and EXPLAIN of those are taken, not a statement that begins with " +
          shown);
}

std::unexpected<Error> parser_error(const SyntaxTree& tree, std::string_view statement, std::size_t offset,
                                    std::string_view sql) {
  if (tree.error_type == "not implemented" && tree.error_message.starts_with("Only SELECT"))
    return no_query(statement);
  std::string message = "DuckDB cannot parse the statement: " + tree.error_message;
  std::size_t position = 0;
  const auto [end, error] = std::from_chars(
      tree.error_position.data(), tree.error_position.data() + tree.error_position.size(), position);
  if (error == std::errc() && end != tree.error_position.data() && position <= statement.size())
    message += position_text(sql, offset + position);
  auto problem = refused(ErrorCode::syntax_error, std::move(message));
  problem.error().server_message = tree.error_message;
  return problem;
}

class Rules {
 public:
  Rules(const Options& options, bool is_file) noexcept : options_(options), is_file_(is_file) {}

  Result<Analysis> judge(const SyntaxTree& tree) {
    for (const NamedFunction& function : tree.functions) {
      if (auto allowed = check_function(function); !allowed) return pass_error(allowed);
    }
    for (const NamedTable& table : tree.tables) {
      if (auto allowed = check_table(table); !allowed) return pass_error(allowed);
    }
    for (const NamedType& type : tree.types) {
      if (auto allowed = check_type(type); !allowed) return pass_error(allowed);
    }
    for (const Shown& shown : tree.shown) {
      if (auto allowed = check_shown(shown); !allowed) return pass_error(allowed);
    }
    analysis_.kind = StatementKind::select;
    analysis_.may_write = false;
    analysis_.qualifiers_are_certain = true;
    return std::move(analysis_);
  }

 private:
  static Result<void> check_function(const NamedFunction& function) {
    // DuckDB's parser itself calls list comprehensions and the like `main`; of a file's `main`, an instance
    // finds no function of such a name.
    const bool is_of_duckdb = (function.catalog.empty() || equal_ignoring_case(function.catalog, "system")) &&
                              (function.schema.empty() || equal_ignoring_case(function.schema, "main"));
    if (!is_of_duckdb) {
      const std::string& place = function.schema.empty() ? function.catalog : function.schema;
      return refused(ErrorCode::forbidden,
                     "the function `" + function.name + "` of `" + place +
                         "` may not be called: DuckDB's own functions alone, without a qualifier",
                     "To call a function on a column, write " + function.name + "(" + place + ").");
    }
    const bool allowed = function.reads_table ? may_read_from(function.name) : may_call(function.name);
    if (allowed) return {};
    return refused(ErrorCode::forbidden,
                   "the function `" + function.name + "` may not be called" +
                       (function.reads_table ? " to read from" : "") +
                       ": it is not among those that are known to read nothing but the database's tables");
  }

  Result<void> check_table(const NamedTable& table) {
    if (!table.catalog.empty()) {
      return refused(ErrorCode::forbidden, "`" + table.catalog + "." + table.schema + "." + table.name +
                                               "` has three parts; name a table as database.table");
    }
    if (equal_ignoring_case(table.schema, "information_schema")) {
      if (is_file_) {
        return refused(ErrorCode::forbidden,
                       "information_schema may not be read in a database file: it tells of all of its "
                       "schemas, also of those that are no database here",
                       "SHOW TABLES and DESCRIBE tell of tables and columns.");
      }
      if (!may_read_information_schema(table.name)) return catalogue_refused(table.name);
      return {};
    }
    if (equal_ignoring_case(table.schema, "pg_catalog") || is_catalogue_name(table.name))
      return catalogue_refused(table.name);
    return add_qualifier(table.schema);
  }

  // Types of a schema tell of it: an ENUM has its labels.
  Result<void> check_type(const NamedType& type) {
    if (!type.catalog.empty()) {
      return refused(ErrorCode::forbidden, "the type `" + type.catalog + "." + type.schema + "." + type.name +
                                               "` has three parts; name a type as database.type");
    }
    return add_qualifier(type.schema);
  }

  Result<void> check_shown(const Shown& shown) {
    std::string_view what = shown.what;
    if (what.size() > 1 && what.front() == '"' && what.back() == '"') what = what.substr(1, what.size() - 2);
    // DuckDB looks for the schema in the session's first catalogue, where a file's schemas are not.
    if (!shown.schema.empty() && is_file_) {
      return refused(ErrorCode::unsupported, "SHOW TABLES FROM cannot be asked of a database file",
                     "Ask SHOW TABLES in that database.");
    }
    if (!shown.schema.empty()) return add_qualifier(shown.schema);
    if (what == "tables") return {};
    return catalogue_refused(what);
  }

  static std::unexpected<Error> catalogue_refused(std::string_view name) {
    return refused(ErrorCode::forbidden,
                   "`" + std::string(name) +
                       "` is part of DuckDB's catalogue that may not be "
                       "read",
                   "SHOW TABLES and DESCRIBE tell of tables and columns.");
  }

  Result<void> add_qualifier(const std::string& written) {
    if (written.empty()) return {};
    std::string name = written;
    if (is_file_) {
      const auto& databases = options_.databases;
      const auto is_called = [&](std::string_view other) { return equal_ignoring_case(other, written); };
      const auto physical = std::ranges::find_if(databases, is_called, &LogicalDatabase::physical);
      if (physical != databases.end()) {
        name = physical->name;
      } else if (std::ranges::any_of(databases, is_called, &LogicalDatabase::name)) {
        return std::unexpected(unmapped_qualifier(written));
      }
    } else if (equal_ignoring_case(written, "main")) {
      return {};  // where the query's own tables are
    }
    if (std::ranges::find(analysis_.qualifiers, name) == analysis_.qualifiers.end())
      analysis_.qualifiers.push_back(std::move(name));
    return {};
  }

  const Options& options_;
  bool is_file_;
  Analysis analysis_;
};

bool is_blank(std::string_view sql) {
  return first_word(sql).empty() && sql.find_first_not_of(" \t\r\n\f\v;") == std::string_view::npos;
}

}  // namespace

struct Analyzer::Parser {
  std::shared_ptr<DatabaseHandle> database;  // goes after the connection
  ConnectionHandle connection;
  PreparedHandle statement;
};

Analyzer::Analyzer(const Api& api, const Options& options) noexcept : api_(&api), options_(&options) {}

Analyzer::~Analyzer() = default;

Result<std::unique_ptr<Analyzer::Parser>> Analyzer::parser() {
  const std::scoped_lock lock(mutex_);
  if (!idle_.empty()) {
    auto parser = std::move(idle_.back());
    idle_.pop_back();
    return parser;
  }
  const auto broken = [](std::string_view what) {
    auto error = fail(ErrorCode::unavailable, "DuckDB's parser cannot be set up");
    error.error().server_message = what;
    return error;
  };
  if (database_ == nullptr) {
    ConfigHandle config(*api_);
    if (api_->create_config(config.out()) != DuckDBSuccess) return broken("no memory");
    for (const auto& [name, value] : {std::pair{"threads", "1"},
                                      {"memory_limit", "256MiB"},
                                      {"enable_external_access", "false"},
                                      {"allow_persistent_secrets", "false"},
                                      {"lock_configuration", "true"}}) {
      if (api_->set_config(config.get(), name, value) != DuckDBSuccess) return broken(name);
    }
    auto database = std::make_shared<DatabaseHandle>(*api_);
    char* problem = nullptr;
    if (api_->open_ext(nullptr, database->out(), config.get(), &problem) != DuckDBSuccess)
      return broken(taken_text(*api_, problem));
    database_ = std::move(database);
  }
  auto parser = std::make_unique<Parser>(Parser{
      .database = database_, .connection = ConnectionHandle(*api_), .statement = PreparedHandle(*api_)});
  if (api_->connect(database_->get(), parser->connection.out()) != DuckDBSuccess)
    return broken("no connection");
  ExtractedHandle extracted(*api_);
  api_->extract_statements(parser->connection.get(), kParse, extracted.out());
  if (api_->prepare_extracted_statement(parser->connection.get(), extracted.get(), 0,
                                        parser->statement.out()) != DuckDBSuccess) {
    return broken(api_->prepare_error(parser->statement.get()));
  }
  return parser;
}

Result<std::string> Analyzer::tree_of(std::string_view sql) {
  auto taken = parser();
  if (!taken) return pass_error(taken);
  Parser& parser = **taken;
  const auto failed = [](const char* what) {
    auto error = fail(ErrorCode::invalid_argument, "DuckDB cannot analyse the statement");
    error.error().server_message = what == nullptr ? "" : what;
    return error;
  };
  std::string tree;
  {
    const ValueHandle text(*api_, api_->create_varchar_length(sql.data(), sql.size()));
    api_->bind_value(parser.statement.get(), 1, text.get());
    PendingHandle pending(*api_);
    if (api_->pending_prepared_streaming(parser.statement.get(), pending.out()) != DuckDBSuccess)
      return failed(api_->pending_error(pending.get()));
    ResultHandle result(*api_);
    if (api_->execute_pending(pending.get(), &result.get()) != DuckDBSuccess)
      return failed(api_->result_error(&result.get()));
    const ChunkHandle chunk(*api_, api_->fetch_chunk(result.get()));
    if (!chunk || api_->data_chunk_get_size(chunk.get()) != 1)
      return failed(api_->result_error(&result.get()));
    const auto* value = static_cast<const duckdb_string_t*>(
        api_->vector_get_data(api_->data_chunk_get_vector(chunk.get(), 0)));
    const std::uint32_t length = value->value.inlined.length;
    tree.assign(length <= 12 ? value->value.inlined.inlined : value->value.pointer.ptr, length);
  }
  api_->clear_bindings(parser.statement.get());
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(*taken));
  return tree;
}

Result<Analysis> Analyzer::analyze(std::string_view sql, bool is_file) {
  if (auto valid = check_text(sql); !valid) return pass_error(valid);
  const Explained explained = split_explain(sql);
  const std::string_view statement = explained.explains ? explained.statement : sql;
  if (!explained.explains && is_blank(sql))
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  auto json = tree_of(statement);
  if (!json) return pass_error(json);
  auto tree = read_syntax_tree(*json);
  if (!tree) return pass_error(tree);
  if (!tree->error_type.empty())
    return parser_error(*tree, statement, static_cast<std::size_t>(statement.data() - sql.data()), sql);
  if (tree->statements == 0) {
    if (explained.explains) return refused(ErrorCode::syntax_error, "EXPLAIN wants a statement after it");
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment alone");
  }
  if (tree->statements != 1)
    return fail(ErrorCode::invalid_argument, "more than one statement; send one statement a call");
  auto analysis = Rules(*options_, is_file).judge(*tree);
  if (analysis && explained.explains) analysis->kind = StatementKind::explain;
  return analysis;
}

}  // namespace penstock::duckdb
