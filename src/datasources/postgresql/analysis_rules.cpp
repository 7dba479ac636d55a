// Which kinds of nodes may stand in a statement.
#include <unordered_map>

#include "datasources/postgresql/analysis_checks.hpp"

namespace penstock::postgresql {

namespace {

using Rule = TreeCheck::NodeRule;
using Rules = std::unordered_map<const ProtobufCMessageDescriptor*, Rule>;

// A node of protobuf-c by the name of its descriptor.
#define PENSTOCK_NODE(name) &pg_query__##name##__descriptor

/// What reads are made of, and nothing of it names anything.
const ProtobufCMessageDescriptor* const kInert[] = {PENSTOCK_NODE(node),
                                                    PENSTOCK_NODE(string),
                                                    PENSTOCK_NODE(integer),
                                                    PENSTOCK_NODE(float),
                                                    PENSTOCK_NODE(boolean),
                                                    PENSTOCK_NODE(bit_string),
                                                    PENSTOCK_NODE(list),
                                                    PENSTOCK_NODE(a__const),
                                                    PENSTOCK_NODE(alias),
                                                    PENSTOCK_NODE(select_stmt),
                                                    PENSTOCK_NODE(res_target),
                                                    PENSTOCK_NODE(a__star),
                                                    PENSTOCK_NODE(bool_expr),
                                                    PENSTOCK_NODE(null_test),
                                                    PENSTOCK_NODE(boolean_test),
                                                    PENSTOCK_NODE(type_cast),
                                                    PENSTOCK_NODE(case_expr),
                                                    PENSTOCK_NODE(case_when),
                                                    PENSTOCK_NODE(coalesce_expr),
                                                    PENSTOCK_NODE(min_max_expr),
                                                    PENSTOCK_NODE(sqlvalue_function),
                                                    PENSTOCK_NODE(xml_expr),
                                                    PENSTOCK_NODE(xml_serialize),
                                                    PENSTOCK_NODE(window_def),
                                                    PENSTOCK_NODE(grouping_set),
                                                    PENSTOCK_NODE(grouping_func),
                                                    PENSTOCK_NODE(a__array_expr),
                                                    PENSTOCK_NODE(a__indices),
                                                    PENSTOCK_NODE(row_expr),
                                                    PENSTOCK_NODE(named_arg_expr),
                                                    PENSTOCK_NODE(range_subselect),
                                                    PENSTOCK_NODE(range_function),
                                                    PENSTOCK_NODE(range_table_func),
                                                    PENSTOCK_NODE(range_table_func_col),
                                                    PENSTOCK_NODE(join_expr),
                                                    PENSTOCK_NODE(with_clause),
                                                    PENSTOCK_NODE(common_table_expr),
                                                    PENSTOCK_NODE(ctesearch_clause),
                                                    PENSTOCK_NODE(ctecycle_clause),
                                                    PENSTOCK_NODE(column_def),
                                                    PENSTOCK_NODE(set_to_default)};

/// What reads are made of.
void add_reads(Rules& rules) {
  for (const ProtobufCMessageDescriptor* kind : kInert)
    rules[kind] = {Rule::Allowed::always, nullptr, {}, {}};
  const auto checked = [&rules](const ProtobufCMessageDescriptor* kind, auto check) {
    rules[kind] = {Rule::Allowed::always, check, {}, {}};
  };
  checked(PENSTOCK_NODE(range_var), &NameChecks::relation);
  checked(PENSTOCK_NODE(func_call), &NameChecks::function);
  checked(PENSTOCK_NODE(type_name), &NameChecks::type);
  checked(PENSTOCK_NODE(column_ref), &NameChecks::column);
  checked(PENSTOCK_NODE(param_ref), &NameChecks::parameter);
  checked(PENSTOCK_NODE(a__indirection), &NameChecks::indirection);
  checked(PENSTOCK_NODE(a__expr), &NameChecks::expression);
  checked(PENSTOCK_NODE(sub_link), &NameChecks::sub_link);
  checked(PENSTOCK_NODE(sort_by), &NameChecks::sort);
  checked(PENSTOCK_NODE(collate_clause), &NameChecks::collation);
  checked(PENSTOCK_NODE(range_table_sample), &NameChecks::sample);
  checked(PENSTOCK_NODE(def_elem), &StatementChecks::sequence_option);
  checked(PENSTOCK_NODE(explain_stmt), &StatementChecks::explain);
  checked(PENSTOCK_NODE(variable_show_stmt), &StatementChecks::show);
}

/// What data is changed with.
void add_writes(Rules& rules) {
  const auto add = [&rules](const ProtobufCMessageDescriptor* kind, std::string_view name,
                            bool (*check)(TreeCheck&, const ProtobufCMessage&) = nullptr) {
    rules[kind] = {Rule::Allowed::where_writing, check, name, {}};
  };
  add(PENSTOCK_NODE(insert_stmt), "INSERT", &StatementChecks::insert);
  add(PENSTOCK_NODE(update_stmt), "UPDATE", &StatementChecks::update);
  add(PENSTOCK_NODE(delete_stmt), "DELETE", &StatementChecks::remove);
  add(PENSTOCK_NODE(merge_stmt), "MERGE", &StatementChecks::merge);
  add(PENSTOCK_NODE(merge_when_clause), "MERGE");
  add(PENSTOCK_NODE(on_conflict_clause), "ON CONFLICT");
  add(PENSTOCK_NODE(infer_clause), "ON CONFLICT");
  add(PENSTOCK_NODE(multi_assign_ref), "UPDATE");
  add(PENSTOCK_NODE(locking_clause), "SELECT ... FOR UPDATE or SHARE");
  add(PENSTOCK_NODE(into_clause), "SELECT INTO or CREATE TABLE AS", &StatementChecks::into);
  add(PENSTOCK_NODE(truncate_stmt), "TRUNCATE", &StatementChecks::truncate);
  add(PENSTOCK_NODE(call_stmt), "CALL", &StatementChecks::call);
  add(PENSTOCK_NODE(vacuum_stmt), "ANALYZE or VACUUM", &StatementChecks::vacuum);
  add(PENSTOCK_NODE(vacuum_relation), "ANALYZE or VACUUM");
}

/// What tables, views, sequences and types are defined with.
void add_definitions(Rules& rules) {
  const auto add = [&rules](const ProtobufCMessageDescriptor* kind, std::string_view name,
                            bool (*check)(TreeCheck&, const ProtobufCMessage&) = nullptr) {
    rules[kind] = {Rule::Allowed::where_writing, check, name, {}};
  };
  add(PENSTOCK_NODE(create_stmt), "CREATE TABLE", &StatementChecks::create_table);
  add(PENSTOCK_NODE(create_table_as_stmt), "CREATE TABLE AS");
  add(PENSTOCK_NODE(constraint), "a constraint");
  add(PENSTOCK_NODE(table_like_clause), "LIKE");
  add(PENSTOCK_NODE(partition_spec), "PARTITION BY");
  add(PENSTOCK_NODE(partition_elem), "PARTITION BY");
  add(PENSTOCK_NODE(partition_bound_spec), "PARTITION OF");
  add(PENSTOCK_NODE(partition_range_datum), "PARTITION OF");
  add(PENSTOCK_NODE(partition_cmd), "ALTER TABLE");
  add(PENSTOCK_NODE(alter_table_stmt), "ALTER TABLE", &StatementChecks::alter_table);
  add(PENSTOCK_NODE(alter_table_cmd), "ALTER TABLE", &StatementChecks::alter_table_command);
  add(PENSTOCK_NODE(index_stmt), "CREATE INDEX", &StatementChecks::create_index);
  add(PENSTOCK_NODE(index_elem), "an index column", &NameChecks::index_element);
  add(PENSTOCK_NODE(view_stmt), "CREATE VIEW", &StatementChecks::create_view);
  add(PENSTOCK_NODE(refresh_mat_view_stmt), "REFRESH MATERIALIZED VIEW");
  add(PENSTOCK_NODE(drop_stmt), "DROP", &StatementChecks::drop);
  add(PENSTOCK_NODE(rename_stmt), "RENAME", &StatementChecks::rename);
  add(PENSTOCK_NODE(comment_stmt), "COMMENT", &StatementChecks::comment);
  add(PENSTOCK_NODE(create_seq_stmt), "CREATE SEQUENCE");
  add(PENSTOCK_NODE(alter_seq_stmt), "ALTER SEQUENCE");
  add(PENSTOCK_NODE(create_enum_stmt), "CREATE TYPE", &StatementChecks::create_enum);
  add(PENSTOCK_NODE(alter_enum_stmt), "ALTER TYPE", &StatementChecks::alter_enum);
  add(PENSTOCK_NODE(composite_type_stmt), "CREATE TYPE", &StatementChecks::create_composite);
  add(PENSTOCK_NODE(create_domain_stmt), "CREATE DOMAIN", &StatementChecks::create_domain);
  add(PENSTOCK_NODE(alter_domain_stmt), "ALTER DOMAIN", &StatementChecks::alter_domain);
}

constexpr std::string_view kTransactions =
    "each statement runs in a transaction of its own, which Penstock begins and ends";
constexpr std::string_view kSession = "the session belongs to the next query as soon as this one ends";
constexpr std::string_view kCode = "what the code would do cannot be known before it runs";
constexpr std::string_view kRights = "rights, roles and security are the database owner's to change";
constexpr std::string_view kServer = "it concerns the server, not the data of this database";
constexpr std::string_view kFiles = "it reads or writes files or programs of the server";

/// What is refused whatever the access, with a better reason than that nobody allowed it. Not the whole list:
/// a node without a rule is refused too.
void add_refusals(Rules& rules) {
  const auto add = [&rules](const ProtobufCMessageDescriptor* kind, std::string_view name,
                            std::string_view why) {
    rules[kind] = {Rule::Allowed::never, nullptr, name, why};
  };
  add(PENSTOCK_NODE(transaction_stmt), "BEGIN, COMMIT, ROLLBACK or SAVEPOINT", kTransactions);
  add(PENSTOCK_NODE(constraints_set_stmt), "SET CONSTRAINTS", kTransactions);
  add(PENSTOCK_NODE(variable_set_stmt), "SET or RESET", kSession);
  add(PENSTOCK_NODE(prepare_stmt), "PREPARE", kSession);
  add(PENSTOCK_NODE(execute_stmt), "EXECUTE", kSession);
  add(PENSTOCK_NODE(deallocate_stmt), "DEALLOCATE", kSession);
  add(PENSTOCK_NODE(declare_cursor_stmt), "DECLARE CURSOR", kSession);
  add(PENSTOCK_NODE(fetch_stmt), "FETCH or MOVE", kSession);
  add(PENSTOCK_NODE(close_portal_stmt), "CLOSE", kSession);
  add(PENSTOCK_NODE(current_of_expr), "WHERE CURRENT OF", kSession);
  add(PENSTOCK_NODE(listen_stmt), "LISTEN", kSession);
  add(PENSTOCK_NODE(unlisten_stmt), "UNLISTEN", kSession);
  add(PENSTOCK_NODE(notify_stmt), "NOTIFY", "it reaches other sessions");
  add(PENSTOCK_NODE(discard_stmt), "DISCARD", kSession);
  add(PENSTOCK_NODE(lock_stmt), "LOCK", "it makes other sessions wait");
  add(PENSTOCK_NODE(do_stmt), "DO", kCode);
  add(PENSTOCK_NODE(create_function_stmt), "CREATE FUNCTION or PROCEDURE", kCode);
  add(PENSTOCK_NODE(alter_function_stmt), "ALTER FUNCTION or PROCEDURE", kCode);
  add(PENSTOCK_NODE(create_trig_stmt), "CREATE TRIGGER", kCode);
  add(PENSTOCK_NODE(create_event_trig_stmt), "CREATE EVENT TRIGGER", kCode);
  add(PENSTOCK_NODE(rule_stmt), "CREATE RULE", kCode);
  add(PENSTOCK_NODE(define_stmt), "CREATE AGGREGATE, OPERATOR, COLLATION or a base type", kCode);
  add(PENSTOCK_NODE(create_cast_stmt), "CREATE CAST", kCode);
  add(PENSTOCK_NODE(create_extension_stmt), "CREATE EXTENSION", kCode);
  add(PENSTOCK_NODE(load_stmt), "LOAD", kFiles);
  add(PENSTOCK_NODE(copy_stmt), "COPY", kFiles);
  add(PENSTOCK_NODE(create_foreign_table_stmt), "CREATE FOREIGN TABLE", kFiles);
  add(PENSTOCK_NODE(grant_stmt), "GRANT or REVOKE", kRights);
  add(PENSTOCK_NODE(grant_role_stmt), "GRANT or REVOKE", kRights);
  add(PENSTOCK_NODE(alter_default_privileges_stmt), "ALTER DEFAULT PRIVILEGES", kRights);
  add(PENSTOCK_NODE(alter_owner_stmt), "ALTER ... OWNER TO", kRights);
  add(PENSTOCK_NODE(reassign_owned_stmt), "REASSIGN OWNED", kRights);
  add(PENSTOCK_NODE(drop_owned_stmt), "DROP OWNED", kRights);
  add(PENSTOCK_NODE(create_role_stmt), "CREATE ROLE", kRights);
  add(PENSTOCK_NODE(alter_role_stmt), "ALTER ROLE", kRights);
  add(PENSTOCK_NODE(alter_role_set_stmt), "ALTER ROLE", kRights);
  add(PENSTOCK_NODE(drop_role_stmt), "DROP ROLE", kRights);
  add(PENSTOCK_NODE(create_policy_stmt), "CREATE POLICY", kRights);
  add(PENSTOCK_NODE(alter_policy_stmt), "ALTER POLICY", kRights);
  add(PENSTOCK_NODE(sec_label_stmt), "SECURITY LABEL", kRights);
  add(PENSTOCK_NODE(alter_object_schema_stmt), "ALTER ... SET SCHEMA",
      "it moves things from one database to another");
  add(PENSTOCK_NODE(create_schema_stmt), "CREATE SCHEMA", "logical databases are made by the operator");
  add(PENSTOCK_NODE(createdb_stmt), "CREATE DATABASE", kServer);
  add(PENSTOCK_NODE(dropdb_stmt), "DROP DATABASE", kServer);
  add(PENSTOCK_NODE(alter_database_stmt), "ALTER DATABASE", kServer);
  add(PENSTOCK_NODE(alter_database_set_stmt), "ALTER DATABASE", kServer);
  add(PENSTOCK_NODE(alter_system_stmt), "ALTER SYSTEM", kServer);
  add(PENSTOCK_NODE(check_point_stmt), "CHECKPOINT", kServer);
  add(PENSTOCK_NODE(reindex_stmt), "REINDEX", kServer);
  add(PENSTOCK_NODE(cluster_stmt), "CLUSTER", kServer);
}

#undef PENSTOCK_NODE

}  // namespace

const TreeCheck::NodeRule& node_rule(const ProtobufCMessageDescriptor& kind) {
  static const Rules rules = [] {
    Rules made;
    add_reads(made);
    add_writes(made);
    add_definitions(made);
    add_refusals(made);
    return made;
  }();
  static const Rule unknown{Rule::Allowed::never, nullptr, {}, "no rule of this version knows it"};
  const auto found = rules.find(&kind);
  return found == rules.end() ? unknown : found->second;
}

}  // namespace penstock::postgresql
