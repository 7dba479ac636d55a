// The checks that the rules for nodes call. Each returns false when it refuses, with the error set in `tree`.
#pragma once

#include "datasources/postgresql/analysis_tree.hpp"

namespace penstock::postgresql {

/// What a node names: relations, functions, types, operators, collations.
struct NameChecks {
  static bool relation(TreeCheck& tree, const ProtobufCMessage& range_var);
  static bool function(TreeCheck& tree, const ProtobufCMessage& func_call);
  static bool type(TreeCheck& tree, const ProtobufCMessage& type_name);
  static bool column(TreeCheck& tree, const ProtobufCMessage& column_ref);
  static bool parameter(TreeCheck& tree, const ProtobufCMessage& param_ref);
  static bool indirection(TreeCheck& tree, const ProtobufCMessage& a_indirection);
  static bool expression(TreeCheck& tree, const ProtobufCMessage& a_expr);
  static bool sub_link(TreeCheck& tree, const ProtobufCMessage& sub_link);
  static bool sort(TreeCheck& tree, const ProtobufCMessage& sort_by);
  static bool collation(TreeCheck& tree, const ProtobufCMessage& collate_clause);
  static bool index_element(TreeCheck& tree, const ProtobufCMessage& index_elem);
  static bool sample(TreeCheck& tree, const ProtobufCMessage& range_table_sample);

  /// The name of something that is created, altered or dropped; the last `inner_parts` are inside of it.
  static bool object(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count,
                     std::size_t inner_parts);
  /// A relation that is written or altered: none of the catalogues'.
  static bool target(TreeCheck& tree, const PgQuery__RangeVar* relation);
  /// A procedure: only one that allow_functions names.
  static bool procedure(TreeCheck& tree, const PgQuery__FuncCall& call);
  /// A sequence, named by a text that the function reads as a name.
  static bool sequence_text(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view function);
  static bool setting(TreeCheck& tree, std::string_view name);

 private:
  static bool field(TreeCheck& tree, std::string_view name);
  static bool database(TreeCheck& tree, std::string_view name);
  static bool schema_of(TreeCheck& tree, std::string_view schema);
  static bool collation_like(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count);
  static bool operator_name(TreeCheck& tree, PgQuery__Node* const* names, std::size_t count);
  static bool catalog_relation(TreeCheck& tree, std::string_view schema, std::string_view name);
  static bool named_function(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view schema,
                             std::string_view name);
  static bool builtin(TreeCheck& tree, const PgQuery__FuncCall& call, std::string_view name, bool& known);
  static bool extension(TreeCheck& tree, std::string_view schema, std::string_view name, bool& known);
  static bool unknown_function(TreeCheck& tree, std::string_view schema, std::string_view name);
};

/// What a statement or a clause does.
struct StatementChecks {
  static bool explain(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool show(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool insert(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool update(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool remove(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool merge(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool truncate(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool create_table(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool into(TreeCheck& tree, const ProtobufCMessage& clause);
  static bool alter_table(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool alter_table_command(TreeCheck& tree, const ProtobufCMessage& command);
  static bool create_index(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool create_view(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool drop(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool rename(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool comment(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool create_enum(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool alter_enum(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool create_composite(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool sequence_option(TreeCheck& tree, const ProtobufCMessage& def_elem);
  static bool create_domain(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool alter_domain(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool vacuum(TreeCheck& tree, const ProtobufCMessage& statement);
  static bool call(TreeCheck& tree, const ProtobufCMessage& statement);
};

}  // namespace penstock::postgresql
