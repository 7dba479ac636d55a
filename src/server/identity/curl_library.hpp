// libcurl, loaded by whoever needs it first: with what it brings along it takes more memory than the rest of
// an idle server's identities, and most servers fetch nothing.
#pragma once

#include <curl/curl.h>

#include "penstock/error.hpp"

namespace penstock::server {

/// The functions of libcurl that are used here, by their names without curl_.
struct CurlLibrary {
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_wakeup) multi_wakeup = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

/// Loads and initialises it at the first call; it stays until the process ends. Thread-safe. Errors:
/// `unavailable`, the library is not installed, or is another than it was built for.
[[nodiscard]] Result<const CurlLibrary*> curl_library();

}  // namespace penstock::server
