#include "datasources/postgresql/policy.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "datasources/postgresql/functions.hpp"

namespace penstock::postgresql {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_name_start(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '$';
}

/// One part off the front of `text`; empty when there is none.
std::string take_part(std::string_view& text) {
  std::string part;
  std::size_t used = 0;
  if (!text.empty() && text[0] == '"') {
    for (used = 1; used < text.size(); ++used) {
      if (text[used] != '"') {
        part += text[used];
      } else if (used + 1 < text.size() && text[used + 1] == '"') {
        part += text[used++];
      } else {
        text.remove_prefix(used + 1);
        return part;
      }
    }
    return {};
  }
  if (text.empty() || !is_name_start(text[0])) return {};
  while (used < text.size() && is_name_part(text[used]))
    part += lower(text[used++]);
  text.remove_prefix(used);
  return part;
}

}  // namespace

std::vector<std::string> split_name(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    std::string part = take_part(text);
    if (part.empty()) return {};
    parts.push_back(std::move(part));
    if (text.empty()) return parts;
    if (text[0] != '.') return {};
    text.remove_prefix(1);
  }
}

NameRules::NameRules(Policy policy)
    : policy_(std::move(policy)),
      known_functions_(postgresql::allowed_functions(!policy_.extension_schemas.empty())) {
  for (const std::string& entry : policy_.allow_functions) {
    std::vector<std::string> parts = split_name(entry);
    if (parts.size() == 1) allowed_functions_.push_back({"", std::move(parts[0])});
    if (parts.size() == 2) allowed_functions_.push_back({std::move(parts[0]), std::move(parts[1])});
    known_functions_.push_back(entry);
  }
}

SchemaMeaning NameRules::schema(std::string_view name) const {
  using enum SchemaMeaning::Kind;
  if (name.empty()) return {path, {}, {}};
  if (name == "pg_catalog") return {catalogue, {}, {}};
  if (name == "information_schema") return {information, {}, {}};
  for (const LogicalDatabase& database : policy_.databases) {
    if (database.physical == name) return {mapped, database.name, database.physical};
  }
  if (name.starts_with("pg_")) return {hidden, {}, {}};
  if (holds_extensions(name)) return {extensions, {}, {}};
  // Names of logical databases are compared without case elsewhere; a schema that only looks like one is not
  // its.
  for (const LogicalDatabase& database : policy_.databases) {
    if (same_folded(database.name, name)) return {mistaken, database.name, database.physical};
  }
  return {unmapped, {}, {}};
}

bool NameRules::holds_extensions(std::string_view schema) const {
  return std::ranges::find(policy_.extension_schemas, schema) != policy_.extension_schemas.end();
}

bool NameRules::allows_function(std::string_view schema, std::string_view name, std::string_view own) const {
  return std::ranges::any_of(allowed_functions_, [&](const AllowedFunction& allowed) {
    if (allowed.name != name) return false;
    if (allowed.schema == schema) return true;
    if (schema.empty()) return allowed.schema == own || holds_extensions(allowed.schema);
    return allowed.schema.empty() && this->schema(schema).kind == SchemaMeaning::Kind::mapped;
  });
}

std::string_view NameRules::physical(std::string_view database) const {
  for (const LogicalDatabase& known : policy_.databases) {
    if (known.name == database) return known.physical;
  }
  return database;
}

}  // namespace penstock::postgresql
