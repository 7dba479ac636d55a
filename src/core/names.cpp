// The names of the contract's enumerations, as configuration, results and logs show them.
#include "penstock/catalog.hpp"
#include "penstock/data_source.hpp"
#include "penstock/manager.hpp"
#include "penstock/settings.hpp"

namespace penstock {

std::string_view to_string(Access access) noexcept {
  return access == Access::read_only ? "read_only" : "read_write";
}

std::string_view to_string(TableKind kind) noexcept {
  switch (kind) {
    case TableKind::table:
      return "table";
    case TableKind::view:
      return "view";
    case TableKind::materialized_view:
      return "materialized_view";
    case TableKind::virtual_table:
      return "virtual_table";
    case TableKind::partitioned_table:
      return "partitioned_table";
    case TableKind::foreign_table:
      return "foreign_table";
  }
  return "table";
}

std::string_view to_string(MaskRule rule) noexcept {
  switch (rule) {
    case MaskRule::null:
      return "null";
    case MaskRule::hash:
      return "hash";
    case MaskRule::partial:
      return "partial";
    case MaskRule::constant:
      return "constant";
  }
  return "null";
}

std::string_view to_string(StatementKind kind) noexcept {
  switch (kind) {
    case StatementKind::select:
      return "SELECT";
    case StatementKind::insert:
      return "INSERT";
    case StatementKind::update:
      return "UPDATE";
    case StatementKind::remove:
      return "DELETE";
    case StatementKind::merge:
      return "MERGE";
    case StatementKind::define:
      return "DDL";
    case StatementKind::explain:
      return "EXPLAIN";
    case StatementKind::other:
      return "OTHER";
  }
  return "OTHER";
}

std::string_view to_string(DataSourceState state) noexcept {
  switch (state) {
    case DataSourceState::unknown:
      return "unknown";
    case DataSourceState::up:
      return "up";
    case DataSourceState::down:
      return "down";
    case DataSourceState::disabled:
      return "disabled";
  }
  return "unknown";
}

}  // namespace penstock
