#include "datasources/pg_query/parser.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>

#include "penstock/utf8.hpp"

#include "datasources/pg_query/parsed.hpp"
#include "datasources/pg_query/parser_threads.hpp"
#include "datasources/pg_query/syntax.hpp"

namespace penstock::pg_query {

namespace {

// A statement with more nesting tokens than this may have used so much stack that its thread had better not
// be kept. One with no more bytes need not have its tokens counted.
constexpr std::size_t kDeepTokens = 1'000;

// The scanner reads a comment again from its start for each comment inside of it: ten thousand take a second.
constexpr std::size_t kMaxNestedComments = 16;

/// Owns what libpg_query returns.
template <typename Value, void (*release)(Value)>
class Owned {
 public:
  explicit Owned(Value value) : value_(value) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { release(value_); }
  const Value* operator->() const noexcept { return &value_; }

 private:
  Value value_;
};
using Scanned = Owned<PgQueryScanResult, &pg_query_free_scan_result>;

const std::uint8_t* bytes_of(const PgQueryProtobuf& packed) {
  return reinterpret_cast<const std::uint8_t*>(packed.data);
}

bool is_comment(const PgQuery__ScanToken& token) {
  return token.token == PG_QUERY__TOKEN__SQL_COMMENT || token.token == PG_QUERY__TOKEN__C_COMMENT;
}

bool is_value(const PgQuery__ScanToken& token) {
  switch (token.token) {
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
    case PG_QUERY__TOKEN__PARAM:
    case PG_QUERY__TOKEN__NULL_P:
    case PG_QUERY__TOKEN__TRUE_P:
    case PG_QUERY__TOKEN__FALSE_P:
      return true;
    default:
      return false;
  }
}

bool is_comma(const PgQuery__ScanToken& token) {
  return token.token == PG_QUERY__TOKEN__ASCII_44;
}
bool opens(const PgQuery__ScanToken& token) {
  return token.token == PG_QUERY__TOKEN__ASCII_40;
}
bool closes(const PgQuery__ScanToken& token) {
  return token.token == PG_QUERY__TOKEN__ASCII_41;
}

/// As kMaxNestingTokens counts them: an upper bound of how deep the tree can be.
std::size_t nesting_tokens(const PgQuery__ScanResult& scanned) {
  std::size_t count = 0;
  const PgQuery__ScanToken* before = nullptr;
  const PgQuery__ScanToken* pending =
      nullptr;  // a value after a comma or parenthesis, whose next token decides
  for (std::size_t i = 0; i < scanned.n_tokens; ++i) {
    const PgQuery__ScanToken& token = *scanned.tokens[i];
    if (is_comment(token)) continue;
    if (pending != nullptr && !is_comma(token) && !closes(token)) ++count;
    pending = nullptr;
    if (is_value(token) && before != nullptr && (is_comma(*before) || opens(*before))) {
      pending = &token;
    } else if (!is_comma(token)) {
      ++count;
    }
    before = &token;
  }
  return count;
}

/// The most comment openings inside one comment. An upper bound: openings in strings count too.
std::size_t nested_comments(std::string_view sql) {
  std::size_t most = 0;
  std::size_t openings = 0;
  std::size_t depth = 0;
  for (std::size_t i = 0; i + 1 < sql.size(); ++i) {
    if (sql[i] == '/' && sql[i + 1] == '*') {
      openings = depth == 0 ? 0 : openings + 1;
      most = std::max(most, openings);
      ++depth;
      ++i;
    } else if (depth > 0 && sql[i] == '*' && sql[i + 1] == '/') {
      --depth;
      ++i;
    }
  }
  return most;
}

Result<void> check_text(std::string_view sql) {
  if (sql.size() > kMaxStatementBytes) {
    return fail(ErrorCode::limit_exceeded,
                "the statement is longer than " + std::to_string(kMaxStatementBytes) + " bytes",
                "pass long lists of values as one array parameter: = ANY($1)");
  }
  if (sql.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "the statement contains a NUL byte");
  }
  if (!is_valid_utf8(sql)) return fail(ErrorCode::invalid_argument, "the statement is not valid UTF-8");
  if (nested_comments(sql) > kMaxNestedComments) {
    return fail(ErrorCode::limit_exceeded, "the statement has too many comments inside a comment");
  }
  return {};
}

/// How many nesting tokens the statement has at most, or why it cannot be read.
Result<std::size_t> scan(const std::string& sql) {
  if (sql.size() <= kDeepTokens) return sql.size();
  const Scanned scanned(pg_query_scan(sql.c_str()));
  if (scanned->error != nullptr) return std::unexpected(syntax_error(sql, *scanned->error));
  Arena arena;
  const PgQuery__ScanResult* tokens =
      pg_query__scan_result__unpack(arena.allocator(), scanned->pbuf.len, bytes_of(scanned->pbuf));
  if (tokens == nullptr) return fail(ErrorCode::internal, "the parser's tokens cannot be read");
  return nesting_tokens(*tokens);
}

/// Parses one statement and shows its tree.
Result<void> parse_one(const std::string& sql, const Parser::Use& use) {
  const ParsedText parsed(sql);
  if (parsed.error() != nullptr) return std::unexpected(syntax_error(sql, *parsed.error()));
  Arena arena;
  const PgQuery__ParseResult* tree = parsed.unpack(arena);
  if (tree == nullptr) return fail(ErrorCode::internal, "the parser's tree cannot be read");
  if (tree->n_stmts == 0) {
    return fail(ErrorCode::invalid_argument, "there is no statement: the text is empty or a comment");
  }
  if (tree->n_stmts > 1) {
    return fail(ErrorCode::invalid_argument,
                "one statement a call; there are " + std::to_string(tree->n_stmts) + " in the text",
                "call once for each, or combine them by WITH or UNION ALL");
  }
  use(*tree->stmts[0]);
  return {};
}

}  // namespace

struct Parser::State {
  ParserThreads threads{std::max(1U, std::thread::hardware_concurrency())};
};

Parser::Parser() : state_(std::make_unique<State>()) {}
Parser::~Parser() = default;

Result<void> Parser::parse(std::string_view text, const Use& use) const {
  if (auto usable = check_text(text); !usable) return usable;
  const std::string sql(text);
  Result<void> parsed;
  const auto work = [&]() -> bool {
    const Result<std::size_t> tokens = scan(sql);
    if (!tokens) {
      parsed = std::unexpected(tokens.error());
      return false;
    }
    if (*tokens > kMaxNestingTokens) {
      parsed = fail(ErrorCode::limit_exceeded,
                    "the statement has more than " + std::to_string(kMaxNestingTokens) +
                        " tokens, lists of values not counted",
                    "split it into several, or pass values as array parameters");
      return false;
    }
    parsed = parse_one(sql, use);
    return *tokens > kDeepTokens;
  };
  if (auto ran = state_->threads.run(work); !ran) return ran;
  return parsed;
}

}  // namespace penstock::pg_query
