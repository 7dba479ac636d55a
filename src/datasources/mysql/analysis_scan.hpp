// One walk over a statement's tokens: every place that names a table or calls a function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "datasources/mysql/analysis.hpp"
#include "datasources/mysql/analysis_verbs.hpp"

namespace penstock::mysql {

/// Of one reading of one statement. Used once.
class Scan {
 public:
  Scan(const Policy& policy, const AnalysisRequest& request, Statement statement, const Action& action)
      : policy_(policy), request_(request), statement_(statement), action_(action) {}

  /// Errors: `syntax_error`, `read_only`, `forbidden`.
  [[nodiscard]] Result<Analysis> run();

 private:
  // What is between two parentheses, or the whole.
  struct Frame {
    bool in_from = false;  // a comma is followed by a table
    bool expects_table = false;
    bool takes_from = false;  // EXTRACT(... FROM ...): that FROM names no table
  };
  // name, name.name, name.name.name; a last part may be `*`.
  struct Chain {
    std::size_t begin = 0;
    std::size_t end = 0;  // behind it
    std::vector<std::size_t> parts;
  };

  void start();
  [[nodiscard]] Result<std::size_t> step(std::size_t i);
  [[nodiscard]] Result<std::size_t> step_name(std::size_t i);
  [[nodiscard]] Result<void> step_keyword(std::size_t i);
  [[nodiscard]] Result<void> check_writing_word(std::size_t i);
  [[nodiscard]] Result<void> step_table(const Chain& chain);
  void open_parenthesis(std::size_t i);
  [[nodiscard]] Result<void> check_call(const Chain& chain);
  [[nodiscard]] Result<void> check_own_function(const Chain& chain, const std::string& name);
  [[nodiscard]] Result<std::size_t> check_variable(std::size_t i);
  [[nodiscard]] Result<void> check_show_names();
  [[nodiscard]] Result<void> note_database(const Token& name, std::string_view table);
  void note_relation(std::string_view database, std::string_view table);
  [[nodiscard]] Chain chain_at(std::size_t i) const;
  [[nodiscard]] bool is_word(std::size_t i, std::string_view word) const {
    return i < statement_.size() && statement_[i].is(word);
  }
  [[nodiscard]] bool is_kind(std::size_t i, TokenKind kind) const {
    return i < statement_.size() && statement_[i].kind == kind;
  }
  [[nodiscard]] bool is_parenthesis_of_names(std::size_t i) const;
  [[nodiscard]] bool writes() const { return action_.verb.writes; }
  [[nodiscard]] std::string at(std::size_t i) const {
    return position_text(request_.sql, statement_[i].offset);
  }
  [[nodiscard]] std::string_view physical(std::string_view logical) const;

  const Policy& policy_;
  const AnalysisRequest& request_;
  Statement statement_;
  const Action& action_;
  std::vector<Frame> frames_;
  bool select_seen_ = false;
  Analysis analysis_;
};

}  // namespace penstock::mysql
