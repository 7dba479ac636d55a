// `connection:` of a PostgreSQL datasource: its keys, and what they mean to libpq.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "penstock/settings.hpp"
#include "penstock/value.hpp"

#include "datasources/postgresql/policy.hpp"
#include "datasources/postgresql/session.hpp"

namespace penstock::postgresql {

[[nodiscard]] TypeSpec type_spec();

/// Where the unqualified names of a logical database's statements are looked for.
struct SearchPath {
  std::string text;                  ///< as the setting is written
  std::vector<std::string> schemas;  ///< the database's own, then those of extensions
};

/// One datasource, as its connections need it.
struct Options {
  DataSourceConfig config;
  /// Where to connect, in the order to be tried; with more than one, each has its share of the time.
  std::vector<Keywords> places;
  std::string role;                            ///< to become after connecting; empty: stay the user
  std::vector<std::string> extension_schemas;  ///< behind the database's own in every search_path
  std::vector<std::string> allow_functions;    ///< of the datasource's own that statements may call
  bool auto_parameterize = true;               ///< run literals as parameters, see parameterize()
  std::map<std::string, SearchPath, std::less<>> search_paths;  ///< by logical database
  std::string schemas;           ///< of all logical databases, as the text of an array
  Value::List searched_schemas;  ///< the same, and those of extensions
  /// Nothing when `database` is not one of the datasource's.
  [[nodiscard]] const std::string* schema_of(std::string_view database) const noexcept;
};

/// Errors: `invalid_argument`.
[[nodiscard]] Result<Options> read_options(const DataSourceConfig& config);

/// What its statements may name.
[[nodiscard]] Policy policy_of(const Options& options);

/// A name as SQL quotes it.
[[nodiscard]] std::string quote_identifier(std::string_view name);

}  // namespace penstock::postgresql
