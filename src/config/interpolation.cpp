#include "config/interpolation.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace penstock::config {

namespace {

bool starts_name(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool continues_name(char c) noexcept {
  return starts_name(c) || (c >= '0' && c <= '9');
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

// One pass over a value. A default that is not used is passed over with `live` false: its form is checked and
// its text dropped.
class Expander {
 public:
  Expander(std::string_view source, const Environment& variables) : source_(source), variables_(variables) {}

  Expansion run() {
    expand_until_end(0, true);
    return std::move(result_);
  }

 private:
  // Up to the end of the source, or, inside a default, to its `}`. False after a mistake that hides what
  // follows.
  bool expand_until_end(int depth, bool live) {
    while (at_ < source_.size()) {
      if (depth > 0 && source_[at_] == '}') return true;
      const std::string_view rest = source_.substr(at_);
      if (rest.starts_with("$$")) {
        emit("$", live);
        at_ += 2;
      } else if (rest.starts_with("${")) {
        if (!expand_placeholder(depth, live)) return false;
      } else {
        emit(rest.substr(0, 1), live);
        ++at_;
      }
    }
    return true;
  }

  bool expand_placeholder(int depth, bool live) {
    if (depth == kMaxNesting) return mistake("placeholders are nested too deep");
    at_ += 2;
    const std::string_view name = read_name();
    if (at_ == source_.size())
      return mistake("`${` is never closed; write `$$` for a dollar that is meant as one");
    const bool has_default = source_[at_] == ':';
    if (name.empty() || (!has_default && source_[at_] != '}')) {
      return mistake(
          "`${` begins a variable, written as `${NAME}` or `${NAME:default}` with letters, digits and `_` in "
          "its "
          "name; write `$$` for a dollar that is meant as one");
    }
    const auto value = variables_.find(std::string(name));
    const bool is_set = value != variables_.end();
    if (is_set && live) {
      result_.text += value->second;
      add_once(result_.used, name);
    }
    if (has_default) {
      at_ += source_.substr(at_).starts_with(":-") ? 2 : 1;
      if (!expand_until_end(depth + 1, live && !is_set)) return false;
      if (at_ == source_.size()) return mistake("the default of a variable is not closed with `}`");
    } else if (live && !is_set) {
      add_once(result_.unset, name);
    }
    ++at_;
    return true;
  }

  std::string_view read_name() {
    const std::size_t start = at_;
    while (at_ < source_.size() && (at_ == start ? starts_name(source_[at_]) : continues_name(source_[at_])))
      ++at_;
    return source_.substr(start, at_ - start);
  }

  void emit(std::string_view text, bool live) {
    if (live) result_.text += text;
  }

  bool mistake(std::string message) {
    result_.mistakes.push_back(std::move(message));
    return false;
  }

  std::string_view source_;
  const Environment& variables_;
  std::size_t at_ = 0;
  Expansion result_;
};

}  // namespace

Expansion expand(std::string_view text, const Environment& variables) {
  return Expander(text, variables).run();
}

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && starts_name(name.front()) && std::ranges::all_of(name, continues_name);
}

}  // namespace penstock::config
