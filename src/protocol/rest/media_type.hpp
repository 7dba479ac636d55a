// Formats of results as HTTP names them.
#pragma once

#include <string_view>

#include "penstock/error.hpp"
#include "penstock/format.hpp"

namespace penstock::protocol::rest {

/// The `Content-Type` of a format, with its parameters.
[[nodiscard]] std::string_view media_type(Format format) noexcept;

/// The format that an `Accept` header (RFC 9110, 12.5.1) wants most; json where it leaves the choice, or is
/// empty. `unsupported` when there is none that it takes, listing what there is.
[[nodiscard]] Result<Format> choose_format(std::string_view accept);

/// Whether the header takes `application/json`.
[[nodiscard]] bool accepts_json(std::string_view accept);

/// Whether a `Content-Type` is that of JSON: application/json, with or without parameters.
[[nodiscard]] bool is_json_content(std::string_view content_type) noexcept;

}  // namespace penstock::protocol::rest
