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
/// The same with another status than that of the code: HTTP has some of its own (408, 413, 431, ...).
[[nodiscard]] std::string problem_document(const Error& error, std::string_view request_id, int status);

}  // namespace penstock::protocol::rest
