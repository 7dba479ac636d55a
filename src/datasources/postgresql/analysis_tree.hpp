// One walk over the tree of a statement, checking every node of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "penstock/data_source.hpp"

#include "datasources/postgresql/policy.hpp"

namespace penstock::postgresql {

/// Walks the whole tree by protobuf-c's own description of it, so that no field can be forgotten, and refuses
/// each kind of node that no rule knows. For one statement, used once, on a thread with a large stack.
class TreeCheck {
 public:
  TreeCheck(const NameRules& rules, const AnalysisRequest& request);

  [[nodiscard]] Result<Analysis> check(const PgQuery__RawStmt& statement);
  /// After check(): the names in the tree that mean relations of the databases, and no common table
  /// expressions.
  [[nodiscard]] const std::vector<const PgQuery__RangeVar*>& relations() const noexcept { return relations_; }

  /// Whether a node may stand in a statement, and how it is checked beyond walking on into its fields.
  struct NodeRule {
    enum class Allowed { always, where_writing, never };
    Allowed allowed = Allowed::never;
    /// False: refused, with the error set. Null: nothing to check.
    bool (*check)(TreeCheck&, const ProtobufCMessage&) = nullptr;
    std::string_view name;  ///< what the statement or clause is called, for errors
    std::string_view why;   ///< when never: the reason
  };

 private:
  friend struct NameChecks;
  friend struct StatementChecks;

  bool visit(const ProtobufCMessage& message);
  bool visit_fields(const ProtobufCMessage& message);
  bool visit_field(const ProtobufCMessage& message, const ProtobufCFieldDescriptor& field);
  bool visit_with(const ProtobufCMessage& message);
  bool check_node(const ProtobufCMessage& message);
  [[nodiscard]] bool is_cte(std::string_view name) const;

  bool refuse(Error error);
  bool refuse(ErrorCode code, std::string message, std::string hint = {});
  void add_name(CatalogName::Kind kind, std::string_view schema, std::string_view name);
  void add_qualifier(std::string_view qualifier);

  const NameRules& rules_;
  const AnalysisRequest& request_;
  std::string_view own_schema_;
  Analysis analysis_;
  std::optional<Error> error_;
  std::vector<const PgQuery__RangeVar*> relations_;
  std::vector<std::string_view> ctes_;  // visible where the walk is, innermost last
  std::size_t depth_ = 0;
};

/// The rule for a kind of node; one that allows nothing when there is none.
[[nodiscard]] const TreeCheck::NodeRule& node_rule(const ProtobufCMessageDescriptor& kind);

/// The strings of a list of String nodes, which is how the parser spells qualified names; nothing when
/// something else is among them.
[[nodiscard]] std::optional<std::vector<std::string_view>> strings_of(PgQuery__Node* const* nodes,
                                                                      std::size_t count);

}  // namespace penstock::postgresql
