// What a request is called in logs and answers.
#pragma once

#include <string>

namespace penstock::server {

/// Of a request that brought none: unique in this process, and told apart from those of another by its
/// beginning.
[[nodiscard]] std::string new_request_id();

}  // namespace penstock::server
