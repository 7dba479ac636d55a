// The bytes between a session and its server, over a socket that waits through the session's Interrupt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <mongoc/mongoc.h>

#include "datasources/mongodb/interrupt.hpp"

namespace penstock::mongodb {

/// A wait that ends when the run must stop, and not before. libmongoc's TLS counts it in microseconds, in 32
/// bits.
inline constexpr std::int32_t kNoLimitMilliseconds = 2'147'483;

/// What TLS needs; texts are empty where libmongoc's defaults (the system's authorities) will do.
struct TlsOptions {
  std::string ca_file;
  std::string certificate_key_file;
  std::string certificate_key_password;
  bool allow_invalid_certificates = false;
  bool allow_invalid_hostnames = false;
};

/// How a session's sockets are opened.
struct StreamOptions {
  std::optional<TlsOptions> tls;
};

/// Who opens a client's streams: libmongoc's own would neither hear of a cancel nor know a query's deadline.
/// Must outlive the client.
struct StreamOpener {
  Interrupt* interrupt = nullptr;
  const StreamOptions* options = nullptr;
  bool closed = false;  ///< opens no more: a session is lost with its socket
  int descriptor = -1;  ///< of the stream opened last, while it is open
};

/// A mongoc_stream_initiator_t; `opener` is a StreamOpener.
mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* opener,
                             bson_error_t* error);

}  // namespace penstock::mongodb
