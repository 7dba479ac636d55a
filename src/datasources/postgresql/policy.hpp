// What a statement may name: the configured policy of one datasource, and the rules of PostgreSQL's
// catalogues.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::postgresql {

/// How one datasource is configured, as far as the analysis cares. Names as the catalogue holds them:
/// unquoted, and case matters.
struct Policy {
  std::string database;                    ///< the connected database, for names of three parts
  std::vector<LogicalDatabase> databases;  ///< their physical names are schemas
  /// Schemas that hold extensions. Functions of reviewed extensions may be called when there is one; types
  /// and operators of these schemas may be named. The driver puts them behind the schema of the query in the
  /// search path.
  std::vector<std::string> extension_schemas;
  /// The company's own functions, `name` or `schema.name`, in identifiers' spelling. A name without a schema
  /// is allowed without one and in every schema of `databases`. May name refused built-ins too: the
  /// operator's word is the last.
  std::vector<std::string> allow_functions;
};

/// The parts of a name as SQL spells it: `a."B".c` gives a, B, c; unquoted parts in lower case. Empty when
/// the text is no name.
[[nodiscard]] std::vector<std::string> split_name(std::string_view text);

/// What a schema's name means to a statement.
struct SchemaMeaning {
  enum class Kind : std::uint8_t {
    path,         ///< no schema was named
    catalogue,    ///< pg_catalog
    information,  ///< information_schema
    mapped,       ///< that of a logical database; may be one of extension_schemas too
    extensions,   ///< one of extension_schemas
    hidden,       ///< temporary tables, TOAST, and whatever else PostgreSQL keeps for itself
    mistaken,     ///< the name of a logical database whose schema has another name
    unmapped,     ///< anything else
  };
  Kind kind = Kind::path;
  std::string_view logical;   ///< when mapped or mistaken: the logical database
  std::string_view physical;  ///< when mistaken: what to write instead
};

/// A policy, ready to be asked. Immutable, so thread-safe.
class NameRules {
 public:
  explicit NameRules(Policy policy);

  [[nodiscard]] const Policy& policy() const noexcept { return policy_; }
  [[nodiscard]] SchemaMeaning schema(std::string_view name) const;
  [[nodiscard]] bool holds_extensions(std::string_view schema) const;
  /// Whether allow_functions names the function. `schema` as in the statement, empty when there is none;
  /// `own` is the schema of the query.
  [[nodiscard]] bool allows_function(std::string_view schema, std::string_view name,
                                     std::string_view own) const;
  /// The schema of a logical database; its name when it is not one of the policy's.
  [[nodiscard]] std::string_view physical(std::string_view database) const;
  /// What a function may be called, for "did you mean".
  [[nodiscard]] const std::vector<std::string>& known_functions() const noexcept { return known_functions_; }

 private:
  Policy policy_;
  struct AllowedFunction {
    std::string schema;  // empty: any mapped one
    std::string name;
  };
  std::vector<AllowedFunction> allowed_functions_;
  std::vector<std::string> known_functions_;
};

/// Whether a relation of pg_catalog may be read.
[[nodiscard]] bool catalog_relation_allowed(std::string_view name);
/// Whether a view of information_schema may be read.
[[nodiscard]] bool information_relation_allowed(std::string_view name);
/// Names of both, for "did you mean".
[[nodiscard]] std::vector<std::string> readable_catalog();
/// Whether SHOW and current_setting() may show a setting; ASCII case does not count.
[[nodiscard]] bool setting_allowed(std::string_view name);
[[nodiscard]] std::vector<std::string> readable_settings();

}  // namespace penstock::postgresql
