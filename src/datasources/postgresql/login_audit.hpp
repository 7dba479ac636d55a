// Whether the role that connects has nothing itself but the roles that queries run under.
#pragma once

#include <string_view>

#include "datasources/postgresql/options.hpp"

namespace penstock::postgresql {

/// One row for each thing that is too much, in words that follow "the login role" or are a sentence of their
/// own; see login_audit_parameters(). Reads the catalogue alone, whose names it qualifies.
[[nodiscard]] std::string_view login_audit_sql() noexcept;
/// Errors: none that a configuration can bring about.
[[nodiscard]] Result<TextParameters> login_audit_parameters(const Options& options);
/// `unauthenticated`, with all that the rows name; nothing when there are none.
[[nodiscard]] Result<void> judge_login(const TextRows& rows, const Options& options);

}  // namespace penstock::postgresql
