// Failures as problem details of HTTP (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "penstock/error.hpp"

namespace penstock::protocol::rest {

/// The status of HTTP that says best what a code means.
[[nodiscard]] int http_status(ErrorCode code) noexcept;

inline constexpr std::string_view kProblemType = "application/problem+json";

/// The document: `type`, `title`, `status`, `detail`, and ours: `code`, `sqlstate`, `hint`, `retryable`,
/// `request_id`. What a server said stays out.
[[nodiscard]] std::string problem_document(const Error& error, std::string_view request_id);

}  // namespace penstock::protocol::rest
