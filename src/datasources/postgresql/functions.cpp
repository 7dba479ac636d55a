#include "datasources/postgresql/functions.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "datasources/postgresql/functions_tables.hpp"

namespace penstock::postgresql {

namespace {

template <typename Visit>
void for_each_word(std::string_view text, Visit visit) {
  constexpr std::string_view kSpace = " \n";
  while (true) {
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(kSpace), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(end);
  }
}

using Rules = std::unordered_map<std::string_view, FunctionRule>;

const Rules& builtin_rules() {
  static const Rules rules = [] {
    Rules made;
    for_each_word(kAllowedBuiltins, [&](auto name) { made[name] = {FunctionVerdict::allowed, {}, {}}; });
    for_each_word(kWritingBuiltins, [&](auto name) { made[name] = {FunctionVerdict::writes, {}, {}}; });
    for_each_word(kSettingBuiltins, [&](auto name) { made[name] = {FunctionVerdict::setting, {}, {}}; });
    for (const auto& [reason, names] : kRefusedBuiltins) {
      for_each_word(names, [&](auto name) { made[name] = {FunctionVerdict::refused, reason, {}}; });
    }
    for_each_word(kInternalBuiltins,
                  [&](auto name) { made[name] = {FunctionVerdict::refused, kInternalReason, {}, true}; });
    return made;
  }();
  return rules;
}

const Rules& extension_rules() {
  static const Rules rules = [] {
    Rules made;
    for (const KnownExtension& extension : kKnownExtensions) {
      for_each_word(extension.allowed,
                    [&](auto name) { made[name] = {FunctionVerdict::allowed, {}, extension.name}; });
    }
    // A name that one extension allows and another must not have is refused.
    for (const KnownExtension& extension : kKnownExtensions) {
      for_each_word(extension.refused, [&](auto name) {
        made[name] = {FunctionVerdict::refused, extension.refused_reason, extension.name};
      });
    }
    return made;
  }();
  return rules;
}

FunctionRule find(const Rules& rules, std::string_view name) {
  const auto found = rules.find(name);
  return found == rules.end() ? FunctionRule{} : found->second;
}

std::unordered_set<std::string_view> words_of(std::string_view text) {
  std::unordered_set<std::string_view> words;
  for_each_word(text, [&](auto word) { words.insert(word); });
  return words;
}

constexpr std::string_view kBuiltinTypes = R"(
bit bool bpchar bytea char cidr circle date float4 float8 inet int2 int4 int8 interval json jsonb jsonpath line lseg
macaddr macaddr8 money name numeric oid path pg_lsn point polygon text time timestamp timestamptz timetz tsquery
tsvector uuid varbit varchar xml int4range int8range numrange tsrange tstzrange daterange int4multirange
int8multirange nummultirange tsmultirange tstzmultirange datemultirange)";

}  // namespace

FunctionRule builtin_function(std::string_view name) {
  return find(builtin_rules(), name);
}

FunctionRule extension_function(std::string_view name) {
  return find(extension_rules(), name);
}

bool extension_relation(std::string_view name) {
  static const auto names = [] {
    std::unordered_set<std::string_view> made;
    for (const KnownExtension& extension : kKnownExtensions)
      made.merge(words_of(extension.relations));
    return made;
  }();
  return names.contains(name);
}

bool builtin_type(std::string_view name) {
  static const auto names = words_of(kBuiltinTypes);
  return names.contains(name);
}

std::vector<std::string_view> known_extensions() {
  std::vector<std::string_view> names;
  for (const KnownExtension& extension : kKnownExtensions) {
    if (!extension.allowed.empty()) names.push_back(extension.name);
  }
  return names;
}

std::vector<std::string> allowed_functions(bool with_extensions) {
  std::vector<std::string> names;
  const auto add = [&names](const Rules& rules) {
    for (const auto& [name, rule] : rules) {
      if (rule.verdict == FunctionVerdict::allowed) names.emplace_back(name);
    }
  };
  add(builtin_rules());
  if (with_extensions) add(extension_rules());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> refused_functions() {
  std::vector<std::string> names;
  for (const Rules* rules : {&builtin_rules(), &extension_rules()}) {
    for (const auto& [name, rule] : *rules) {
      if (rule.verdict == FunctionVerdict::refused && !rule.internal) names.emplace_back(name);
    }
  }
  return names;
}

std::vector<std::string> builtin_functions() {
  std::vector<std::string> names;
  for (const auto& [name, rule] : builtin_rules())
    names.emplace_back(name);
  return names;
}

}  // namespace penstock::postgresql
