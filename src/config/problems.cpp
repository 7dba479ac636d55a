#include "config/problems.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "core/nearest.hpp"

namespace penstock::config {

std::string Problem::to_string() const {
  if (where.line == 0) return fmt::format("{}: {}", where.file.string(), message);
  return fmt::format("{}:{}:{}: {}", where.file.string(), where.line, where.column, message);
}

void FileProblems::add(Place where, std::string message) {
  ++count_;
  if (full()) return;
  problems_.push_back({{file_, where.line, where.column}, std::move(message)});
}

void FileProblems::append_to(std::vector<Problem>& all) && {
  std::ranges::stable_sort(problems_, {}, [](const Problem& problem) {
    return std::tuple(problem.where.line, problem.where.column);
  });
  std::ranges::move(problems_, std::back_inserter(all));
  if (count_ > kMaxShown) {
    all.push_back({{file_, 0, 0}, fmt::format("{} more mistakes are not shown", count_ - kMaxShown)});
  }
}

std::string did_you_mean(std::string_view wanted, std::span<const std::string> candidates) {
  const auto nearest = nearest_name(wanted, candidates);
  return nearest ? fmt::format("; did you mean `{}`?", *nearest) : std::string();
}

std::string listed(std::span<const std::string> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " and " : ", ";
    out += in_backticks(names[i]);
  }
  return out;
}

}  // namespace penstock::config
