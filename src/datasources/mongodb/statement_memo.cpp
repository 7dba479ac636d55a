#include "datasources/mongodb/statement_memo.hpp"

#include <utility>

namespace penstock::mongodb {

Result<StatementPtr> StatementMemo::get(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_text_.find(text); found != by_text_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->statement;
    }
  }
  auto parsed = parse_statement(text, check_);
  if (!parsed || text.size() > kLongestText) return parsed;
  const std::lock_guard lock(mutex_);
  if (by_text_.contains(text)) return parsed;  // another thread was as fast
  entries_.push_front({std::string(text), *parsed});
  by_text_.emplace(entries_.front().text, entries_.begin());
  if (entries_.size() > kMostStatements) {
    by_text_.erase(entries_.back().text);
    entries_.pop_back();
  }
  return parsed;
}

}  // namespace penstock::mongodb
