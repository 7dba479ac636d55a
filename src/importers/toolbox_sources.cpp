#include "importers/toolbox_sources.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "importers/source_builder.hpp"
#include "importers/tool_builder.hpp"

namespace penstock::importers {

namespace {

using config::Entry;
using config::in_backticks;
using config::NodeKind;

struct TypeName {
  std::string_view theirs;
  std::string_view ours;
};

constexpr std::array kTypes{TypeName{"postgres", "postgresql"}, TypeName{"sqlite", "sqlite"},
                            TypeName{"mysql", "mysql"}, TypeName{"mongodb", "mongodb"},
                            TypeName{"duckdb", "duckdb"}};

// Those that speak the protocol of one of ours, and are reached in a way of their own.
constexpr std::array kReachedOtherwise{
    TypeName{"cloud-sql-postgres", "postgres"}, TypeName{"alloydb-postgres", "postgres"},
    TypeName{"cloud-sql-mysql", "mysql"}, TypeName{"cockroachdb", "postgres"},
    TypeName{"yugabytedb", "postgres"}};

// Options of pgx's connection string that are the pool's here.
constexpr std::array kPoolOptions{
    TypeName{"pool_max_conns", "max_pool_size"}, TypeName{"pool_min_conns", "min_pool_size"},
    TypeName{"pool_max_conn_lifetime", "max_lifetime"}, TypeName{"pool_max_conn_idle_time", "idle_timeout"}};

// What Go's driver of MySQL calls encryption.
constexpr std::array kTlsModes{TypeName{"true", "verify_identity"}, TypeName{"skip-verify", "required"},
                               TypeName{"preferred", "preferred"}, TypeName{"false", "disabled"}};

// What a connection string says besides.
void carry_query_parameter(const Entry& option, SourceBuilder& builder) {
  const std::string_view value = option.value->text;
  const auto pool = std::ranges::find(kPoolOptions, option.key, &TypeName::theirs);
  if (option.key == "search_path") {
    const std::size_t comma = value.find(',');
    builder.set_physical(value.substr(0, comma));
    if (comma != std::string_view::npos)
      builder.lose(option.place, option.key, "a logical database is one schema, and the first one was taken",
                   "list the others under `databases` of the datasource, and name them in statements");
  } else if (option.key == "statement_timeout") {
    // PostgreSQL's own unit is the millisecond.
    const bool is_number = value.find_first_not_of("0123456789") == std::string_view::npos;
    builder.set_statement_timeout(is_number ? fmt::format("{}ms", value) : std::string(value), option.place,
                                  option.key);
  } else if (option.key == "tls" && builder.takes("ssl_mode")) {
    const auto mode = std::ranges::find(kTlsModes, value, &TypeName::theirs);
    if (mode == kTlsModes.end())
      builder.lose(option.place, option.key, "it names a configuration that the program has",
                   "set `ssl_mode` and `ssl_ca` of the datasource");
    else
      builder.set("ssl_mode", mode->ours, option.place, option.key);
  } else if (pool != kPoolOptions.end()) {
    builder.set(pool->ours, value, option.place, option.key);
  } else {
    builder.set(option.key, value, option.place);
  }
}

void carry_query_parameters(const Entry& entry, SourceBuilder& builder) {
  if (entry.value->kind == NodeKind::map) {
    for (const Entry& option : entry.value->entries)
      carry_query_parameter(option, builder);
    return;
  }
  const bool is_empty = entry.value->text.empty() || entry.value->text.ends_with(":}");
  if (is_empty) return;
  builder.lose(entry.place, entry.key, "what a variable holds is not known here",
               "write its options as keys of `connection`");
}

void carry_key(const Entry& entry, SourceBuilder& builder) {
  const std::string_view value = entry.value->text;
  const bool is_file = builder.spec().name == "sqlite";
  if (entry.key == "kind" || entry.key == "type" || entry.key == "name") return;
  if (entry.key == "dbFilePath" || (entry.key == "database" && is_file)) {
    builder.set_path("path", value, entry.value->place);
  } else if (entry.key == "configurations" && entry.value->kind == NodeKind::map) {
    for (const Entry& option : entry.value->entries)
      builder.set(option.key, option.value->text, option.place);
  } else if (entry.key == "database" && !builder.takes("database")) {
    builder.set_physical(value);  // a database of the server is what this type calls physical
  } else if (entry.key == "queryParams") {
    carry_query_parameters(entry, builder);
  } else if (entry.key == "queryTimeout") {
    builder.set_statement_timeout(value, entry.place, entry.key);
  } else if (entry.key == "queryExecMode") {
    builder.lose(entry.place, entry.key, "Penstock has its own way to run statements",
                 "before a pooler that keeps no prepared statements, use its session mode");
  } else if (entry.value->kind == NodeKind::scalar) {
    builder.set(entry.key, value, entry.value->place);
  } else if (entry.value->kind != NodeKind::null) {
    builder.lose(entry.place, entry.key, "it has no counterpart here");
  }
}

const DataSourceType* find_type(std::string_view theirs, const DataSourceRegistry& registry) {
  const auto known = std::ranges::find(kTypes, theirs, &TypeName::theirs);
  return known == kTypes.end() ? nullptr : registry.find(known->ours);
}

}  // namespace

void carry_toolbox_source(const ToolboxItem& item, const DataSourceRegistry& registry, Plan& plan) {
  const std::string what = fmt::format("source {}", in_backticks(item.name));
  const DataSourceType* type = find_type(item.type, registry);
  if (type == nullptr) {
    const auto other = std::ranges::find(kReachedOtherwise, item.type, &TypeName::theirs);
    return plan.lose(
        item.place, what, fmt::format("there is no datasource of the type {} here", in_backticks(item.type)),
        other == kReachedOtherwise.end()
            ? "keep it there"
            : fmt::format("where a host and port reach it, write it as `{}` there, and import again",
                          other->ours));
  }
  const bool is_duckdb = item.type == "duckdb";
  const std::string_view file = text_at(*item.node, is_duckdb ? "dbFilePath" : "database");
  const bool is_in_memory = file.starts_with(":memory:") || (is_duckdb && file.empty());
  if (is_in_memory)
    return plan.lose(item.place, what, "a database in memory is empty at every start", "use a file");
  SourceBuilder builder(plan, item.name, item.place, type->spec);
  if (item.type == "postgres") builder.set_physical("public");
  if (item.type == "duckdb") builder.set_physical("main");
  for (const Entry& entry : item.node->entries)
    carry_key(entry, builder);
  builder.finish();
}

}  // namespace penstock::importers
