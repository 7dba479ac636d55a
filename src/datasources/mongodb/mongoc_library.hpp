// libmongoc, loaded when the first datasource of the type is made: with what it brings along (ICU, Snappy,
// client-side encryption) it takes more memory than the rest of an idle server, and most servers have no
// MongoDB. libbson, which needs nothing, is linked.
#pragma once

#include <mongoc/mongoc.h>

#include "penstock/error.hpp"

namespace penstock::mongodb {

// Every function of libmongoc that is called here, by its name without `mongoc_`.
#define PENSTOCK_MONGOC_FUNCTIONS(X)     \
  X(init)                                \
  X(log_set_handler)                     \
  X(client_new_from_uri_with_error)      \
  X(client_destroy)                      \
  X(client_set_error_api)                \
  X(client_set_appname)                  \
  X(client_set_stream_initiator)         \
  X(client_get_read_prefs)               \
  X(client_select_server)                \
  X(client_get_server_description)       \
  X(client_get_server_descriptions)      \
  X(client_start_session)                \
  X(client_read_command_with_opts)       \
  X(client_command_with_opts)            \
  X(client_session_append)               \
  X(client_session_get_lsid)             \
  X(client_session_destroy)              \
  X(session_opts_new)                    \
  X(session_opts_destroy)                \
  X(session_opts_set_causal_consistency) \
  X(server_description_id)               \
  X(server_description_host)             \
  X(server_descriptions_destroy_all)     \
  X(server_description_destroy)          \
  X(read_prefs_new)                      \
  X(read_prefs_destroy)                  \
  X(read_concern_new)                    \
  X(read_concern_destroy)                \
  X(read_concern_set_level)              \
  X(uri_new_with_error)                  \
  X(uri_destroy)                         \
  X(uri_get_tls)                         \
  X(uri_get_option_as_utf8)              \
  X(uri_get_option_as_int32)             \
  X(uri_get_option_as_bool)              \
  X(uri_set_option_as_utf8)              \
  X(uri_set_option_as_int32)             \
  X(uri_set_option_as_bool)              \
  X(uri_set_username)                    \
  X(uri_set_password)                    \
  X(uri_set_auth_source)                 \
  X(uri_set_auth_mechanism)              \
  X(uri_set_read_prefs_t)                \
  X(uri_set_read_concern)                \
  X(ssl_opt_get_default)                 \
  X(stream_tls_new_with_hostname)        \
  X(stream_tls_handshake_block)          \
  X(stream_buffered_new)                 \
  X(stream_destroy)

struct MongocLibrary {
// NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member
#define PENSTOCK_MONGOC_POINTER(name) decltype(&::mongoc_##name) name = nullptr;
  PENSTOCK_MONGOC_FUNCTIONS(PENSTOCK_MONGOC_POINTER)
#undef PENSTOCK_MONGOC_POINTER
};

/// Loads and initialises it at the first call; it stays until the process ends. Thread-safe. Errors:
/// `unavailable`, the library is not installed, or is another than it was built for.
[[nodiscard]] Result<void> load_mongoc();

/// Its functions. Only after load_mongoc() succeeded, which is before there are Options.
[[nodiscard]] const MongocLibrary& mongoc() noexcept;

}  // namespace penstock::mongodb
