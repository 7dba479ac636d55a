#include "datasources/postgresql/mask_rewrite.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "datasources/pg_query/parsed.hpp"
#include "datasources/pg_query/parser_threads.hpp"
#include "datasources/postgresql/analysis_tree.hpp"
#include "datasources/postgresql/mask_expression.hpp"

namespace penstock::postgresql {

namespace {

using pg_query::Arena;
using pg_query::deparse;
using pg_query::for_each_message;
using pg_query::kShallowBytes;
using pg_query::ParsedText;
using pg_query::ParserThreads;
using pg_query::same_tree;

constexpr int kMostParameters = 65'535;

template <typename Node>
Node& as(ProtobufCMessage& message) {
  return *reinterpret_cast<Node*>(&message);
}

std::unexpected<Error> cannot_be_written() {
  return fail(ErrorCode::unsupported,
              "the statement reads a table with masked columns, and cannot be written down with their masks",
              "Write it more simply, or in parts.");
}

/// The change of one tree. Used once, on a thread with a large stack.
class TreeMasking {
 public:
  TreeMasking(const NameRules& rules, const AnalysisRequest& request, const MaskMap& map, Arena& arena)
      : database_(rules.policy().database),
        own_schema_(rules.physical(request.database)),
        map_(map),
        arena_(arena) {}

  /// `relations`: the names in it that are no common table expressions.
  [[nodiscard]] Result<Masking> mask(PgQuery__RawStmt& statement,
                                     const std::vector<const PgQuery__RangeVar*>& relations) {
    relations_ = &relations;
    masking_.parameters = most_parameter(statement.stmt->base);
    if (masking_.parameters > kMostParameters - 2) return cannot_be_written();
    if (!visit(statement.stmt->base)) return std::unexpected(std::move(*error_));
    return std::move(masking_);
  }

 private:
  static int most_parameter(ProtobufCMessage& message) {
    int most =
        message.descriptor == &pg_query__param_ref__descriptor ? as<PgQuery__ParamRef>(message).number : 0;
    for_each_message(message, [&most](const ProtobufCFieldDescriptor&, ProtobufCMessage*& child) {
      most = std::max(most, most_parameter(*child));
      return true;
    });
    return most;
  }

  // The relation that a name means here; null: none that is masked.
  [[nodiscard]] const MaskedRelation* masked(const PgQuery__RangeVar& name) const {
    if (std::ranges::find(*relations_, &name) == relations_->end()) return nullptr;
    const std::string_view schema = name.schemaname;
    return map_.find(schema.empty() ? own_schema_ : schema, name.relname);
  }

  bool visit(ProtobufCMessage& message) {
    const ProtobufCMessageDescriptor* kind = message.descriptor;
    if (kind == &pg_query__range_var__descriptor && masked(as<PgQuery__RangeVar>(message)) != nullptr) {
      return refuse(
          std::string("the table ") + as<PgQuery__RangeVar>(message).relname +
          " has masked columns, so it can be read in FROM alone: not written to, locked or defined upon");
    }
    if (kind == &pg_query__locking_clause__descriptor) {
      return refuse("a statement that reads a table with masked columns cannot lock rows");
    }
    if (kind == &pg_query__column_ref__descriptor) shorten(as<PgQuery__ColumnRef>(message));
    return for_each_message(message, [&](const ProtobufCFieldDescriptor& field, ProtobufCMessage*& child) {
      if (child->descriptor == &pg_query__node__descriptor && may_read_from(*kind, field)) {
        auto& node = as<PgQuery__Node>(*child);
        if (const auto replaced = replace(node)) return *replaced;
      }
      return visit(*child);
    });
  }

  // Where a relation stands for its rows.
  [[nodiscard]] static bool may_read_from(const ProtobufCMessageDescriptor& kind,
                                          const ProtobufCFieldDescriptor& field) {
    const std::string_view name = field.name;
    return (&kind == &pg_query__select_stmt__descriptor && name == "from_clause") ||
           (&kind == &pg_query__join_expr__descriptor && (name == "larg" || name == "rarg")) ||
           (&kind == &pg_query__update_stmt__descriptor && name == "from_clause") ||
           (&kind == &pg_query__delete_stmt__descriptor && name == "using_clause") ||
           (&kind == &pg_query__merge_stmt__descriptor && name == "source_relation");
  }

  // Whether it went well; nothing when the node is no masked relation.
  [[nodiscard]] std::optional<bool> replace(PgQuery__Node& node) {
    PgQuery__RangeTableSample* sample = nullptr;
    PgQuery__RangeVar* name = nullptr;
    if (node.node_case == PG_QUERY__NODE__NODE_RANGE_VAR) name = node.range_var;
    if (node.node_case == PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE) {
      sample = node.range_table_sample;
      if (sample->relation->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) name = sample->relation->range_var;
    }
    const MaskedRelation* relation = name == nullptr ? nullptr : masked(*name);
    if (relation == nullptr) return std::nullopt;
    PgQuery__Node* select = parsed_select(*relation, name->inh == 0);
    if (select == nullptr) return refuse("the masks of " + relation->name + " cannot be written down");
    if (sample != nullptr) {
      // Rows are chosen before they are masked, which says nothing of their values.
      PgQuery__Node& from = *select->select_stmt->from_clause[0];
      auto* inner = arena_.make<PgQuery__RangeTableSample>(*sample);
      inner->relation = arena_.make<PgQuery__Node>(from);
      from.node_case = PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE;
      from.range_table_sample = inner;
      for (std::size_t i = 0; i < sample->n_args; ++i) {
        if (!visit(sample->args[i]->base)) return false;
      }
      if (sample->repeatable != nullptr && !visit(sample->repeatable->base)) return false;
    }
    PgQuery__RangeSubselect made = PG_QUERY__RANGE_SUBSELECT__INIT;
    made.subquery = select;
    made.alias = name->alias;
    if (made.alias == nullptr) {
      PgQuery__Alias alias;
      pg_query__alias__init(&alias);
      alias.aliasname = name->relname;
      made.alias = arena_.make<PgQuery__Alias>(alias);
    }
    node.node_case = PG_QUERY__NODE__NODE_RANGE_SUBSELECT;
    node.range_subselect = arena_.make<PgQuery__RangeSubselect>(made);
    masking_.hashes = masking_.hashes || hashes(*relation);
    if (std::ranges::find(masking_.relations, relation) == masking_.relations.end())
      masking_.relations.push_back(relation);
    return true;
  }

  // The nodes live as long as the arena.
  [[nodiscard]] PgQuery__Node* parsed_select(const MaskedRelation& relation, bool only) {
    const ParsedText parsed(masking_select(relation, only, masking_.parameters + 1));
    PgQuery__ParseResult* tree = parsed.unpack(arena_);
    return tree == nullptr || tree->n_stmts != 1 ? nullptr : tree->stmts[0]->stmt;
  }

  // A subselect has no schema: `customer_db.people.email` becomes `people.email`.
  void shorten(PgQuery__ColumnRef& reference) const {
    const auto text = [&](std::size_t i) -> std::string_view {
      const bool is_text =
          i < reference.n_fields && reference.fields[i]->node_case == PG_QUERY__NODE__NODE_STRING;
      return is_text ? reference.fields[i]->string->sval : std::string_view();
    };
    std::size_t extra = 0;
    if (reference.n_fields == 3 && map_.find(text(0), text(1)) != nullptr) extra = 1;
    if (reference.n_fields == 4 && text(0) == database_ && map_.find(text(1), text(2)) != nullptr) extra = 2;
    reference.fields += extra;
    reference.n_fields -= extra;
  }

  bool refuse(std::string message) {
    error_ = fail(ErrorCode::forbidden, std::move(message)).error();
    return false;
  }

  std::string_view database_;
  std::string_view own_schema_;
  const MaskMap& map_;
  Arena& arena_;
  const std::vector<const PgQuery__RangeVar*>* relations_ = nullptr;
  Masking masking_;
  std::optional<Error> error_;
};

Result<std::shared_ptr<const Masking>> masking_of(const AnalysisRequest& request, const NameRules& rules,
                                                  const MaskMap& map) {
  Arena arena;
  const ParsedText parsed{std::string(request.sql)};
  PgQuery__ParseResult* tree = parsed.unpack(arena);
  if (tree == nullptr || tree->n_stmts != 1) return cannot_be_written();
  TreeCheck check(rules, request);
  if (auto analysis = check.check(*tree->stmts[0]); !analysis) return pass_error(analysis);
  auto masking = TreeMasking(rules, request, map, arena).mask(*tree->stmts[0], check.relations());
  if (!masking) return pass_error(masking);
  auto text = deparse(*tree);
  if (!text) return cannot_be_written();
  const ParsedText again(*text);
  const PgQuery__ParseResult* written = again.unpack(arena);
  if (written == nullptr || !same_tree(tree->base, written->base)) return cannot_be_written();
  masking->sql = std::move(*text);
  return std::make_shared<const Masking>(std::move(*masking));
}

}  // namespace

struct MaskRewriter::State {
  explicit State(Policy policy) : rules(std::move(policy)) {}
  const NameRules rules;
  ParserThreads threads{std::max(1U, std::thread::hardware_concurrency())};
};

MaskRewriter::MaskRewriter(Policy policy) : state_(std::make_unique<State>(std::move(policy))) {}
MaskRewriter::~MaskRewriter() = default;

Result<std::shared_ptr<const Masking>> MaskRewriter::rewrite(const AnalysisRequest& request,
                                                             const MaskMap& map) const {
  Result<std::shared_ptr<const Masking>> masking = cannot_be_written();
  // Its thread's stack may have been deep; how deep, nobody asks of what happens once a statement.
  const auto work = [&]() -> bool {
    masking = masking_of(request, state_->rules, map);
    return request.sql.size() > kShallowBytes;
  };
  if (auto ran = state_->threads.run(work); !ran) return pass_error(ran);
  return masking;
}

}  // namespace penstock::postgresql
