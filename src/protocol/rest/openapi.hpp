// The description of REST that the server serves.
#pragma once

#include <string_view>

namespace penstock::protocol::rest {

/// src/protocol/rest/openapi.json: OpenAPI 3.1.
[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace penstock::protocol::rest
