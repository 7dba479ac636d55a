// What must hold of the parsers of the DuckDB driver for any bytes whatever: those of statements, of DuckDB's
// syntax trees, and of values. Shared by the fuzzer and by the test that replays its corpus.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "datasources/duckdb/number_text.hpp"
#include "datasources/duckdb/statement_text.hpp"
#include "datasources/duckdb/syntax_tree.hpp"

namespace penstock::duckdb::test {

inline void must_hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

inline void check_statement(std::string_view bytes) {
  const Explained explained = split_explain(bytes);
  if (explained.explains) {
    must_hold(bytes.ends_with(explained.statement), "what is explained is the end of the text");
    must_hold(bytes.size() >= explained.statement.size() + 7, "EXPLAIN is not part of it");
  }
  const std::string_view word = first_word(bytes);
  must_hold(word.empty() || bytes.find(word) != std::string_view::npos, "a word is in the text");
  must_hold(!check_text(bytes) || bytes.find('\0') == std::string_view::npos, "no NUL passes");
  const std::string name = quote_name(bytes);
  must_hold(std::ranges::count(name, '"') % 2 == 0, "a quoted name ends where it should");
}

inline void check_tree(std::string_view bytes) {
  const auto tree = read_syntax_tree(bytes);
  if (!tree) {
    const ErrorCode code = tree.error().code;
    must_hold(code == ErrorCode::unsupported || code == ErrorCode::internal,
              "a refusal has one of two codes");
    return;
  }
  must_hold(tree->statements <= bytes.size() && tree->tables.size() <= bytes.size(), "nothing is made up");
}

inline void check_values(std::string_view bytes) {
  const std::string bits = bit_text(bytes);
  must_hold(bits.find_first_not_of("01") == std::string::npos, "a bit string has bits alone");
  if (bytes.size() > 600) return;  // the time grows with the square
  const std::string digits = bignum_text(bytes);
  must_hold(digits.find_first_not_of("-0123456789") == std::string::npos, "a number has digits alone");
}

inline void run_duckdb_text_target(std::string_view bytes) {
  check_statement(bytes);
  check_tree(bytes);
  check_values(bytes);
}

}  // namespace penstock::duckdb::test
