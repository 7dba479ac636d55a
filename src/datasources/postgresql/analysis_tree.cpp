#include "datasources/postgresql/analysis_tree.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace penstock::postgresql {

namespace {

// Within the bounds of analysis.hpp no statement comes near it.
constexpr std::size_t kMaxDepth = 50'000;

template <typename T>
const T& member_at(const ProtobufCMessage& message, unsigned offset) {
  const auto* bytes = reinterpret_cast<const char*>(&message);
  return *reinterpret_cast<const T*>(bytes + offset);
}

bool has_with_clause(const ProtobufCMessageDescriptor* kind) {
  return kind == &pg_query__select_stmt__descriptor || kind == &pg_query__insert_stmt__descriptor ||
         kind == &pg_query__update_stmt__descriptor || kind == &pg_query__delete_stmt__descriptor ||
         kind == &pg_query__merge_stmt__descriptor;
}

StatementKind kind_of(PgQuery__Node__NodeCase node) {
  switch (node) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
      return StatementKind::select;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
      return StatementKind::insert;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
      return StatementKind::update;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
      return StatementKind::remove;
    case PG_QUERY__NODE__NODE_MERGE_STMT:
      return StatementKind::merge;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
      return StatementKind::explain;
    case PG_QUERY__NODE__NODE_CALL_STMT:
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
      return StatementKind::other;
    default:
      return StatementKind::define;  // what else passes is DDL
  }
}

}  // namespace

std::optional<std::vector<std::string_view>> strings_of(PgQuery__Node* const* nodes, std::size_t count) {
  std::vector<std::string_view> strings;
  for (std::size_t i = 0; i < count; ++i) {
    if (nodes[i]->node_case != PG_QUERY__NODE__NODE_STRING) return std::nullopt;
    strings.emplace_back(nodes[i]->string->sval);
  }
  return strings;
}

TreeCheck::TreeCheck(const NameRules& rules, const AnalysisRequest& request)
    : rules_(rules), request_(request), own_schema_(rules.physical(request.database)) {
  analysis_.may_write = false;
  analysis_.qualifiers_are_certain = true;
}

Result<Analysis> TreeCheck::check(const PgQuery__RawStmt& statement) {
  if (statement.stmt == nullptr || statement.stmt->node_case == PG_QUERY__NODE__NODE__NOT_SET) {
    return fail(ErrorCode::unsupported, "the statement is of a kind that this version does not know");
  }
  analysis_.kind = kind_of(statement.stmt->node_case);
  if (!visit(statement.stmt->base)) return std::unexpected(std::move(*error_));
  // A write commits, and what its triggers did to the session would stay.
  if (analysis_.may_write) analysis_.may_leave_state = true;
  return std::move(analysis_);
}

bool TreeCheck::visit(const ProtobufCMessage& message) {
  if (++depth_ > kMaxDepth) {
    return refuse(ErrorCode::limit_exceeded, "the statement nests too deeply; split it into several");
  }
  const bool passed = check_node(message) &&
                      (has_with_clause(message.descriptor) ? visit_with(message) : visit_fields(message));
  --depth_;
  return passed;
}

bool TreeCheck::visit_fields(const ProtobufCMessage& message) {
  const ProtobufCMessageDescriptor& kind = *message.descriptor;
  return std::all_of(kind.fields, kind.fields + kind.n_fields,
                     [&](const ProtobufCFieldDescriptor& field) { return visit_field(message, field); });
}

bool TreeCheck::visit_field(const ProtobufCMessage& message, const ProtobufCFieldDescriptor& field) {
  if (field.type != PROTOBUF_C_TYPE_MESSAGE) return true;
  if (field.label == PROTOBUF_C_LABEL_REPEATED) {
    const auto count = member_at<std::size_t>(message, field.quantifier_offset);
    const auto* items = member_at<const ProtobufCMessage* const*>(message, field.offset);
    return std::all_of(items, items + count, [this](const ProtobufCMessage* item) { return visit(*item); });
  }
  const bool one_of = (field.flags & static_cast<std::uint32_t>(PROTOBUF_C_FIELD_FLAG_ONEOF)) != 0;
  if (one_of && member_at<std::uint32_t>(message, field.quantifier_offset) != field.id) return true;
  const auto* value = member_at<const ProtobufCMessage*>(message, field.offset);
  return value == nullptr || visit(*value);
}

/// A statement with a WITH clause. The table it writes to is looked up before its common table expressions
/// are visible; each of those sees the ones before it, or, under RECURSIVE, all.
bool TreeCheck::visit_with(const ProtobufCMessage& message) {
  const ProtobufCMessageDescriptor& kind = *message.descriptor;
  const auto* with_field = protobuf_c_message_descriptor_get_field_by_name(&kind, "with_clause");
  const auto* target_field = protobuf_c_message_descriptor_get_field_by_name(&kind, "relation");
  if (with_field == nullptr) return refuse(ErrorCode::internal, "the parser's tree has another shape");
  if (target_field != nullptr && !visit_field(message, *target_field)) return false;

  const std::size_t visible_outside = ctes_.size();
  if (const auto* with = member_at<const PgQuery__WithClause*>(message, with_field->offset)) {
    for (std::size_t i = 0; i < with->n_ctes; ++i) {
      const PgQuery__Node& cte = *with->ctes[i];
      if (cte.node_case != PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR) {
        return refuse(ErrorCode::internal, "the parser's tree has another shape");
      }
      if (with->recursive != 0) ctes_.emplace_back(cte.common_table_expr->ctename);
    }
    for (std::size_t i = 0; i < with->n_ctes; ++i) {
      if (!visit(with->ctes[i]->base)) return false;
      if (with->recursive == 0) ctes_.emplace_back(with->ctes[i]->common_table_expr->ctename);
    }
  }
  for (unsigned i = 0; i < kind.n_fields; ++i) {
    const ProtobufCFieldDescriptor* field = kind.fields + i;
    if (field == with_field || field == target_field) continue;
    if (!visit_field(message, *field)) return false;
  }
  ctes_.resize(visible_outside);
  return true;
}

bool TreeCheck::check_node(const ProtobufCMessage& message) {
  // The library speaks of something that the headers of this build do not know.
  if (message.n_unknown_fields != 0) {
    return refuse(ErrorCode::unsupported, "the parser is of another version than this build of Penstock");
  }
  const NodeRule& rule = node_rule(*message.descriptor);
  const auto name = [&] {
    return std::string(rule.name.empty() ? message.descriptor->short_name : rule.name);
  };
  switch (rule.allowed) {
    case NodeRule::Allowed::always:
      break;
    case NodeRule::Allowed::where_writing:
      if (request_.access == Access::read_only) {
        return refuse(ErrorCode::read_only,
                      name() + " is a write, and the access to this database is read-only",
                      "only reads are possible here: SELECT, VALUES, TABLE, EXPLAIN of them, SHOW");
      }
      analysis_.may_write = true;
      break;
    case NodeRule::Allowed::never:
      return refuse(ErrorCode::forbidden,
                    name() + " is not allowed" + (rule.why.empty() ? "" : ": " + std::string(rule.why)));
  }
  return rule.check == nullptr || rule.check(*this, message);
}

bool TreeCheck::is_cte(std::string_view name) const {
  return std::ranges::find(ctes_, name) != ctes_.end();
}

bool TreeCheck::refuse(Error error) {
  error_ = std::move(error);
  return false;
}

bool TreeCheck::refuse(ErrorCode code, std::string message, std::string hint) {
  return refuse(fail(code, std::move(message), std::move(hint)).error());
}

void TreeCheck::add_name(CatalogName::Kind kind, std::string_view schema, std::string_view name) {
  CatalogName added{kind, std::string(schema), std::string(name)};
  if (std::ranges::find(analysis_.names, added) == analysis_.names.end()) {
    analysis_.names.push_back(std::move(added));
  }
}

void TreeCheck::add_qualifier(std::string_view qualifier) {
  if (std::ranges::find(analysis_.qualifiers, qualifier) == analysis_.qualifiers.end()) {
    analysis_.qualifiers.emplace_back(qualifier);
  }
}

}  // namespace penstock::postgresql
