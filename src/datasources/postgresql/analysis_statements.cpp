// Checks of what statements and clauses do.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "datasources/postgresql/analysis_checks.hpp"

namespace penstock::postgresql {

namespace {

template <typename Node>
const Node& as(const ProtobufCMessage& message) {
  return *reinterpret_cast<const Node*>(&message);
}

template <typename List, typename Value>
bool among(const List& list, Value value) {
  return std::ranges::find(list, value) != std::end(list);
}

constexpr std::string_view kExplainOptions[] = {"analyze", "buffers", "costs",   "format", "settings",
                                                "summary", "timing",  "verbose", "wal"};

/// What may be dropped, renamed and commented on.
constexpr PgQuery__ObjectType kObjects[] = {
    PG_QUERY__OBJECT_TYPE__OBJECT_TABLE,         PG_QUERY__OBJECT_TYPE__OBJECT_VIEW,
    PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW,       PG_QUERY__OBJECT_TYPE__OBJECT_INDEX,
    PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE,      PG_QUERY__OBJECT_TYPE__OBJECT_TYPE,
    PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN,        PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN,
    PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT, PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE,
};

constexpr PgQuery__AlterTableType kAlterations[] = {
    PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn,       PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault,
    PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull,     PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull,
    PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression,  PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics,
    PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn,      PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint,
    PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint, PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint,
    PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint,  PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType,
    PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage,      PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression,
    PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions,   PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions,
    PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition, PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition,
    PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit,      PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit,
    PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity,     PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity,
    PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity,
};

std::string_view value_name(const ProtobufCEnumDescriptor& type, int value) {
  const auto* found = protobuf_c_enum_descriptor_get_value(&type, value);
  return found == nullptr ? std::string_view("?") : found->name;
}

}  // namespace

bool StatementChecks::explain(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__ExplainStmt>(message);
  for (std::size_t i = 0; i < statement.n_options; ++i) {
    const PgQuery__Node& option = *statement.options[i];
    if (option.node_case == PG_QUERY__NODE__NODE_DEF_ELEM &&
        among(kExplainOptions, std::string_view(option.def_elem->defname))) {
      continue;
    }
    return tree.refuse(ErrorCode::forbidden, "EXPLAIN has an option that is not known",
                       "ANALYZE, BUFFERS, COSTS, FORMAT, SETTINGS, SUMMARY, TIMING, VERBOSE and WAL are");
  }
  return true;
}

bool StatementChecks::show(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::setting(tree, as<PgQuery__VariableShowStmt>(message).name);
}

bool StatementChecks::insert(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__InsertStmt>(message).relation);
}

bool StatementChecks::update(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__UpdateStmt>(message).relation);
}

bool StatementChecks::remove(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__DeleteStmt>(message).relation);
}

bool StatementChecks::merge(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__MergeStmt>(message).relation);
}

bool StatementChecks::truncate(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__TruncateStmt>(message);
  return std::all_of(
      statement.relations, statement.relations + statement.n_relations, [&tree](const PgQuery__Node* node) {
        return node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR && NameChecks::target(tree, node->range_var);
      });
}

bool StatementChecks::create_table(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__CreateStmt>(message).relation);
}

bool StatementChecks::into(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__IntoClause>(message).rel);
}

bool StatementChecks::create_index(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__IndexStmt>(message).relation);
}

bool StatementChecks::create_view(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__ViewStmt>(message).view);
}

bool StatementChecks::alter_table(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__AlterTableStmt>(message).relation);
}

bool StatementChecks::alter_table_command(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& command = as<PgQuery__AlterTableCmd>(message);
  if (among(kAlterations, command.subtype)) return true;
  return tree.refuse(ErrorCode::forbidden,
                     "ALTER TABLE ... " +
                         std::string(value_name(pg_query__alter_table_type__descriptor, command.subtype)) +
                         " is not allowed: owners, triggers, rules, row security and storage are the "
                         "database owner's to change");
}

bool StatementChecks::drop(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__DropStmt>(message);
  if (!among(kObjects, statement.remove_type)) {
    return tree.refuse(
        ErrorCode::forbidden,
        "DROP " + std::string(value_name(pg_query__object_type__descriptor, statement.remove_type)) +
            " is not allowed: only tables, views, indexes, sequences and types may be dropped");
  }
  for (std::size_t i = 0; i < statement.n_objects; ++i) {
    const PgQuery__Node& object = *statement.objects[i];
    // Types come as type names, whose names are checked when the walk reaches them.
    if (object.node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
      if (!NameChecks::object(tree, object.type_name->names, object.type_name->n_names, 0)) return false;
    } else if (object.node_case != PG_QUERY__NODE__NODE_LIST ||
               !NameChecks::object(tree, object.list->items, object.list->n_items, 0)) {
      return tree.error_.has_value() ? false
                                     : tree.refuse(ErrorCode::forbidden, "DROP names something unusual");
    }
  }
  return true;
}

bool StatementChecks::rename(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__RenameStmt>(message);
  if (!among(kObjects, statement.rename_type)) {
    return tree.refuse(ErrorCode::forbidden,
                       "renaming " +
                           std::string(value_name(pg_query__object_type__descriptor, statement.rename_type)) +
                           " is not allowed");
  }
  if (statement.object != nullptr) {
    const PgQuery__Node& object = *statement.object;
    if (object.node_case != PG_QUERY__NODE__NODE_LIST) {
      return tree.refuse(ErrorCode::forbidden, "RENAME names something unusual");
    }
    if (!NameChecks::object(tree, object.list->items, object.list->n_items, 0)) return false;
  }
  return NameChecks::target(tree, statement.relation);
}

bool StatementChecks::comment(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__CommentStmt>(message);
  if (!among(kObjects, statement.objtype) || statement.object == nullptr) {
    return tree.refuse(ErrorCode::forbidden,
                       "COMMENT ON " +
                           std::string(value_name(pg_query__object_type__descriptor, statement.objtype)) +
                           " is not allowed");
  }
  const PgQuery__Node& object = *statement.object;
  const bool inside = statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
                      statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
  if (object.node_case == PG_QUERY__NODE__NODE_LIST) {
    return NameChecks::object(tree, object.list->items, object.list->n_items, inside ? 1 : 0);
  }
  if (object.node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
    return NameChecks::object(tree, object.type_name->names, object.type_name->n_names, 0);
  }
  return tree.refuse(ErrorCode::forbidden, "COMMENT names something unusual");
}

bool StatementChecks::create_enum(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__CreateEnumStmt>(message);
  return NameChecks::object(tree, statement.type_name, statement.n_type_name, 0);
}

bool StatementChecks::alter_enum(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__AlterEnumStmt>(message);
  return NameChecks::object(tree, statement.type_name, statement.n_type_name, 0);
}

bool StatementChecks::create_composite(TreeCheck& tree, const ProtobufCMessage& message) {
  return NameChecks::target(tree, as<PgQuery__CompositeTypeStmt>(message).typevar);
}

/// The options of a sequence that name another object, in a list of strings.
bool StatementChecks::sequence_option(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& option = as<PgQuery__DefElem>(message);
  const std::string_view name = option.defname;
  const bool owner = name == "owned_by";
  if (!owner && name != "sequence_name") return true;
  if (option.arg == nullptr || option.arg->node_case != PG_QUERY__NODE__NODE_LIST) {
    return tree.refuse(ErrorCode::forbidden, "a sequence names something unusual");
  }
  const PgQuery__List& names = *option.arg->list;
  if (owner && names.n_items == 1) return true;  // OWNED BY NONE
  return NameChecks::object(tree, names.items, names.n_items, owner ? 1 : 0);
}

bool StatementChecks::create_domain(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__CreateDomainStmt>(message);
  return NameChecks::object(tree, statement.domainname, statement.n_domainname, 0);
}

bool StatementChecks::alter_domain(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__AlterDomainStmt>(message);
  return NameChecks::object(tree, statement.type_name, statement.n_type_name, 0);
}

bool StatementChecks::vacuum(TreeCheck& tree, const ProtobufCMessage& message) {
  if (as<PgQuery__VacuumStmt>(message).is_vacuumcmd == 0) return true;
  return tree.refuse(ErrorCode::forbidden, "VACUUM is not allowed: it concerns the server, not the data",
                     "ANALYZE table is allowed where the access is read_write");
}

bool StatementChecks::call(TreeCheck& tree, const ProtobufCMessage& message) {
  const auto& statement = as<PgQuery__CallStmt>(message);
  if (statement.funccall == nullptr) return tree.refuse(ErrorCode::forbidden, "CALL names no procedure");
  return NameChecks::procedure(tree, *statement.funccall);
}

}  // namespace penstock::postgresql
