#include "importers/plan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace penstock::importers {

bool only_reads(const TypeSpec& type) {
  if (!type.check) return false;
  DataSourceConfig config;
  config.access = Access::read_write;
  return std::ranges::any_of(type.check(config), [](const SettingProblem& problem) {
    return !problem.key.empty() && problem.key.front() == "access";
  });
}

void NamedSources::add(const PlannedSource& source) {
  if (first == nullptr) first = &source;
  names += (names.empty() ? "" : ", ") + config::in_backticks(source.name);
}

PlannedSource* Plan::find_source(std::string_view name) noexcept {
  const auto found = std::ranges::find(sources, name, &PlannedSource::name);
  return found == sources.end() ? nullptr : &*found;
}

void Plan::let_write(const ImportOptions& options, config::FileProblems& problems) {
  for (const std::string& name : options.writable) {
    PlannedSource* source = find_source(name);
    if (source == nullptr) {
      problems.add(
          fmt::format("there is no source {} that could be carried over, and `--read-write` names it",
                      config::in_backticks(name)));
      continue;
    }
    if (only_reads(*source->type)) {
      problems.add(
          source->place,
          fmt::format("the source {} can only be read, as all of type `{}`, and `--read-write` names it",
                      config::in_backticks(name), source->type->name));
      continue;
    }
    source->access = Access::read_write;
    source->access_is_given = true;
    change(source->place, fmt::format("source {}", config::in_backticks(name)),
           "agents may write there, by `execute_query` too, as you say",
           "keep that to some with a principals.yaml, whose principals only read unless it says otherwise");
  }
}

std::string Plan::carry(std::string_view foreign) {
  VariableText read = read_variables(foreign, style);
  variables.merge(std::move(read.without_default));
  return std::move(read.text);
}

std::optional<std::string> Plan::carry_secret(std::string_view owner, std::string_view key,
                                              std::string_view foreign) {
  VariableText read = read_variables(foreign, style);
  if (read.variables.empty()) return "${" + secrets.put(owner, key, std::string(foreign)) + "}";
  if (!read.whole) return std::nullopt;
  if (read.whole_default) {
    // A default is the secret, in the clear; an empty one is none.
    if (!read.whole_default->empty()) secrets.put_default(*read.whole, *read.whole_default);
    return read.whole_default->empty() ? read.text : "${" + *read.whole + "}";
  }
  variables.merge(std::move(read.without_default));
  return std::move(read.text);
}

void Plan::lose(config::Place where, std::string what, std::string why, std::string instead) {
  findings.push_back({Finding::Kind::lost, where, std::move(what), std::move(why), std::move(instead)});
}

void Plan::replace(config::Place where, std::string what, std::string by) {
  findings.push_back({Finding::Kind::replaced, where, std::move(what), std::move(by), {}});
}

void Plan::change(config::Place where, std::string what, std::string how, std::string instead) {
  findings.push_back({Finding::Kind::changed, where, std::move(what), std::move(how), std::move(instead)});
}

}  // namespace penstock::importers
