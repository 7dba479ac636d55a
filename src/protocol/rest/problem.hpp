// Failures as problem details of HTTP (RFC 9457).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::protocol::rest {

/// The status of HTTP that says best what a code means.
[[nodiscard]] int http_status(ErrorCode code) noexcept;
/// The same; what a caller's own limits do not allow now is 429.
[[nodiscard]] int http_status(const Error& error) noexcept;

inline constexpr std::string_view kProblemType = "application/problem+json";

/// Begins the `type` of a problem, before the code; docs/rest.md explains each.
inline constexpr std::string_view kProblemUri = "urn:penstock:error:";

/// The document: `type`, `title`, `status`, `detail`, and ours: `code`, `sqlstate`, `hint`, `retryable`,
/// `request_id`. What a server said stays out. `status`: of a failure of HTTP itself, whose `type` is then
/// "about:blank" and whose title the status's own.
[[nodiscard]] std::string problem_document(const Error& error, std::string_view request_id,
                                           std::optional<int> status = std::nullopt);

}  // namespace penstock::protocol::rest
