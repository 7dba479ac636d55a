#include "datasources/sqlite/definition.hpp"

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

namespace {

// The words of a comment without its marks.
std::string_view comment_text(std::string_view comment) noexcept {
  if (comment.starts_with("--")) {
    comment.remove_prefix(2);
  } else {
    comment.remove_prefix(2);
    if (comment.ends_with("*/")) comment.remove_suffix(2);
  }
  constexpr std::string_view kSpace = " \t\r\n\f-*";
  const std::size_t first = comment.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return comment.substr(first, comment.find_last_not_of(" \t\r\n\f") - first + 1);
}

void add_comment(std::string& to, std::string_view comment) {
  const std::string_view text = comment_text(comment);
  if (text.empty()) return;
  if (!to.empty()) to += ' ';
  to += text;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Goes through a definition and gives each comment to what it is about.
class CommentReader {
 public:
  explicit CommentReader(std::string_view definition)
      : definition_(definition), lexer_(definition, Comments::keep) {}

  DefinitionComments run() {
    for (Token token = lexer_.next(); token.kind != TokenKind::end; token = lexer_.next()) {
      if (token.kind == TokenKind::comment) {
        place(token);
      } else {
        follow(token);
        line_end_ = token.offset + token.text.size();
      }
    }
    return std::move(comments_);
  }

 private:
  void place(const Token& comment) {
    if (!body_begun_) {
      add_comment(comments_.table, comment.text);
      return;
    }
    const std::string_view between = definition_.substr(line_end_, comment.offset - line_end_);
    const bool same_line = between.find('\n') == std::string_view::npos;
    if (same_line && !column_.empty()) add_comment(comments_.columns[column_], comment.text);
  }

  void follow(const Token& token) {
    if (is_view_) {
      body_begun_ = body_begun_ || after_as_;
      after_as_ = after_as_ || token.is("AS");
      return;
    }
    if (token.is("VIEW") && depth_ == 0) is_view_ = true;
    if (token.kind == TokenKind::open) {
      if (++depth_ == 1) wants_column_ = true;
      return;
    }
    if (token.kind == TokenKind::close) {
      --depth_;
      return;
    }
    if (depth_ != 1) return;
    if (token.kind == TokenKind::comma) {
      wants_column_ = true;  // and until its name comes, a comment is still about the column before the comma
    } else if (wants_column_) {
      column_ = folded(token.unquoted());
      wants_column_ = false;
      body_begun_ = true;
    }
  }

  std::string_view definition_;
  Lexer lexer_;
  DefinitionComments comments_;
  std::string column_;
  std::size_t line_end_ = 0;
  int depth_ = 0;
  bool wants_column_ = false;
  bool body_begun_ = false;
  bool is_view_ = false;
  bool after_as_ = false;
};

// The text of one term of an index, up to the token at `end`, without its direction.
std::string term_text(std::string_view definition, const std::vector<Token>& tokens, std::size_t begin,
                      std::size_t end) {
  while (end > begin + 1 && (tokens[end - 1].is("ASC") || tokens[end - 1].is("DESC")))
    --end;
  if (begin >= end) return {};
  const Token& last = tokens[end - 1];
  const std::size_t from = tokens[begin].offset;
  return std::string(trimmed(definition.substr(from, last.offset + last.text.size() - from)));
}

}  // namespace

DefinitionComments comments_of(std::string_view definition) {
  return CommentReader(definition).run();
}

IndexDefinition index_definition(std::string_view definition) {
  IndexDefinition index;
  const std::vector<Token> tokens = tokenize(definition);
  int depth = 0;
  std::size_t term = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == TokenKind::open && ++depth == 1) term = i + 1;
    const bool ends_list = token.kind == TokenKind::close && --depth == 0;
    if (ends_list || (depth == 1 && token.kind == TokenKind::comma)) {
      index.terms.push_back(term_text(definition, tokens, term, i));
      term = i + 1;
    }
    if (!ends_list) continue;
    if (i + 1 < tokens.size() && tokens[i + 1].is("WHERE")) {
      index.predicate = trimmed(definition.substr(tokens[i + 1].offset + tokens[i + 1].text.size()));
    }
    break;
  }
  return index;
}

}  // namespace penstock::sqlite
