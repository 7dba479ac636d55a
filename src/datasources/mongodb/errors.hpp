// What libmongoc and the server report, as our errors.
#pragma once

#include <bson/bson.h>

#include "penstock/error.hpp"

namespace penstock::mongodb {

/// The error of a command, or of connecting. The server's words are in `server_message`; of those that speak
/// of the command's own text alone, in the message too.
[[nodiscard]] Error error_of(const bson_error_t& error);

/// Whether the session is lost with it: the server cannot be reached, or the stream is out of step.
[[nodiscard]] bool loses_session(const bson_error_t& error) noexcept;

}  // namespace penstock::mongodb
