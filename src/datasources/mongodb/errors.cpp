#include "datasources/mongodb/errors.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <mongoc/mongoc.h>

namespace penstock::mongodb {

namespace {

struct Meaning {
  std::uint32_t code;
  ErrorCode means;
  std::string_view words;
  bool retryable = false;
  bool tells = false;  ///< the server's message speaks of the command alone
};

// https://www.mongodb.com/docs/manual/reference/error-codes/ and error_codes.yml of the server.
constexpr std::array kMeanings{
    Meaning{2, ErrorCode::invalid_argument, "the server does not take a value of the command", false, true},
    Meaning{8, ErrorCode::unavailable, "the server failed in a way that it has no code for", true},
    Meaning{6, ErrorCode::unavailable, "the server cannot reach another one that it needs", true},
    Meaning{7, ErrorCode::unavailable, "the server cannot find another one that it needs", true},
    Meaning{9, ErrorCode::syntax_error, "the server cannot parse the command", false, true},
    Meaning{11, ErrorCode::unauthenticated, "the server does not know the configured user"},
    Meaning{13, ErrorCode::forbidden, "the configured user may not do this; it needs the role `read`"},
    Meaning{14, ErrorCode::invalid_argument, "a value of the command has the wrong type", false, true},
    Meaning{17, ErrorCode::unsupported, "the protocol of the server is not the driver's"},
    Meaning{18, ErrorCode::unauthenticated, "the server refuses the configured user or password"},
    Meaning{26, ErrorCode::not_found, "there is no such collection"},
    Meaning{43, ErrorCode::unavailable, "the server closed the cursor; ask again", true},
    Meaning{50, ErrorCode::timeout,
            "the query did not end within its time limit and was stopped; narrow it, or allow it more time"},
    Meaning{59, ErrorCode::unsupported, "the server does not know the command"},
    Meaning{89, ErrorCode::unavailable, "the server did not hear from another one in time", true},
    Meaning{91, ErrorCode::unavailable, "the server is shutting down", true},
    Meaning{96, ErrorCode::invalid_argument, "the server cannot carry the command out", false, true},
    Meaning{115, ErrorCode::unsupported, "the server does not support this command", false, true},
    Meaning{133, ErrorCode::unavailable, "no member of the replica set will do for the read preference",
            true},
    Meaning{134, ErrorCode::unavailable, "the read concern cannot be met now", true},
    Meaning{136, ErrorCode::unavailable, "the collection changed under the query; ask again", true},
    Meaning{139, ErrorCode::limit_exceeded, "a field is too deep or too large"},
    Meaning{146, ErrorCode::limit_exceeded, "the query needs more memory than the server allows it"},
    Meaning{168, ErrorCode::syntax_error, "the server does not know an operator of the pipeline", false,
            true},
    Meaning{175, ErrorCode::unavailable, "the collection changed under the query; ask again", true},
    Meaning{189, ErrorCode::unavailable, "the primary stepped down; ask again", true},
    Meaning{224, ErrorCode::unavailable, "the query's plan was dropped; ask again", true},
    Meaning{237, ErrorCode::cancelled, "the query was ended by the server's administrator"},
    Meaning{238, ErrorCode::unsupported, "the server has not implemented this", false, true},
    Meaning{241, ErrorCode::invalid_argument, "a value cannot be converted to the type that is asked for"},
    Meaning{262, ErrorCode::timeout, "the query did not end within its time limit and was stopped"},
    Meaning{291, ErrorCode::invalid_argument, "no index fits the query, and none is allowed without", false,
            true},
    Meaning{292, ErrorCode::limit_exceeded,
            "the query needs more memory than the server allows it; add a filter, or \"allowDiskUse\": true"},
    Meaning{10107, ErrorCode::unavailable, "the server is not the primary any more; ask again", true},
    Meaning{11600, ErrorCode::unavailable, "the server is shutting down", true},
    Meaning{11601, ErrorCode::cancelled, "the query was ended by the server's administrator"},
    Meaning{11602, ErrorCode::unavailable, "the primary changed; ask again", true},
    Meaning{13388, ErrorCode::unavailable, "the server's configuration is stale; ask again", true},
    Meaning{13435, ErrorCode::unavailable, "the server is not the primary, and secondaries are not read",
            true},
    Meaning{13436, ErrorCode::unavailable, "the server is neither primary nor secondary now", true},
    Meaning{15998, ErrorCode::syntax_error, "a field's path is not valid", false, true},
    Meaning{16433, ErrorCode::limit_exceeded, "a key is too large"},
    Meaning{17276, ErrorCode::syntax_error, "a variable is not defined", false, true},
    Meaning{31249, ErrorCode::invalid_argument, "two paths of a projection collide", false, true},
    Meaning{40323, ErrorCode::syntax_error, "a stage has more than one key", false, true},
    Meaning{40324, ErrorCode::syntax_error, "the server does not know a stage of the pipeline", false, true},
};

Error made(ErrorCode code, std::string message, bool retryable = false) {
  Error error = fail(code, std::move(message)).error();
  error.retryable = retryable;
  return error;
}

Error server_error(const bson_error_t& error) {
  const auto* meaning = std::ranges::find(kMeanings, error.code, &Meaning::code);
  if (meaning == kMeanings.end()) {
    return made(ErrorCode::invalid_argument,
                "the server refuses the command, with its error " + std::to_string(error.code));
  }
  std::string message(meaning->words);
  if (meaning->tells) message += ": " + std::string(error.message);
  return made(meaning->means, std::move(message), meaning->retryable);
}

bool is_server_error(const bson_error_t& error) noexcept {
  return error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_QUERY ||
         error.domain == MONGOC_ERROR_WRITE_CONCERN;
}

Error classified(const bson_error_t& error) {
  if (is_server_error(error)) return server_error(error);
  switch (error.domain) {
    case MONGOC_ERROR_CLIENT:
      if (error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
        return made(ErrorCode::unauthenticated, "the server refuses the configured user or password");
      return made(ErrorCode::unavailable, "the session with the server could not be set up", true);
    case MONGOC_ERROR_SASL:
    case MONGOC_ERROR_SCRAM:
      return made(ErrorCode::unauthenticated, "the server refuses the configured user or password");
    case MONGOC_ERROR_COMMAND:
    case MONGOC_ERROR_BSON:
      return made(ErrorCode::invalid_argument, "the command cannot be sent as it is");
    case MONGOC_ERROR_PROTOCOL:
      if (error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION)
        return made(ErrorCode::unsupported, "the server is too old for the driver");
      return made(ErrorCode::unavailable, "the server's answer cannot be read", true);
    case MONGOC_ERROR_STREAM:
      return made(ErrorCode::unavailable, "the connection to the server was lost, or cannot be made", true);
    default:
      return made(ErrorCode::unavailable, "the server cannot be reached", true);
  }
}

}  // namespace

Error error_of(const bson_error_t& error) {
  Error out = classified(error);
  out.server_message = error.message;
  return out;
}

bool loses_session(const bson_error_t& error) noexcept {
  return !is_server_error(error) && error.domain != MONGOC_ERROR_COMMAND && error.domain != MONGOC_ERROR_BSON;
}

}  // namespace penstock::mongodb
