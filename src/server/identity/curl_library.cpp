#include "server/identity/curl_library.hpp"

#include <string>
#include <type_traits>

#include <dlfcn.h>

namespace penstock::server {

namespace {

constexpr const char* kFile = "libcurl.so.4";

// Also what dlerror() says of it.
std::unexpected<Error> not_loaded() {
  const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is the thread's own
  return fail(ErrorCode::unavailable,
              std::string("libcurl, which fetches keys by URL, cannot be loaded: ") +
                  (reason == nullptr ? kFile : reason),
              "Install it (Debian: libcurl4), or keep the keys in a file (jwks_file).");
}

Result<CurlLibrary> load() {
  void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return not_loaded();
  CurlLibrary curl;
  bool found = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    found = found && function != nullptr;
  };
  decltype(&curl_global_init) global_init = nullptr;
  find(global_init, "curl_global_init");
  find(curl.easy_init, "curl_easy_init");
  find(curl.easy_cleanup, "curl_easy_cleanup");
  find(curl.easy_setopt, "curl_easy_setopt");
  find(curl.easy_getinfo, "curl_easy_getinfo");
  find(curl.easy_strerror, "curl_easy_strerror");
  find(curl.multi_init, "curl_multi_init");
  find(curl.multi_cleanup, "curl_multi_cleanup");
  find(curl.multi_add_handle, "curl_multi_add_handle");
  find(curl.multi_remove_handle, "curl_multi_remove_handle");
  find(curl.multi_perform, "curl_multi_perform");
  find(curl.multi_poll, "curl_multi_poll");
  find(curl.multi_wakeup, "curl_multi_wakeup");
  find(curl.multi_info_read, "curl_multi_info_read");
  find(curl.slist_append, "curl_slist_append");
  find(curl.slist_free_all, "curl_slist_free_all");
  if (!found) return not_loaded();
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return fail(ErrorCode::unavailable, "libcurl cannot be used as it must be");
  return curl;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Result<CurlLibrary> library = load();
  if (!library) return std::unexpected(library.error());
  return &*library;
}

}  // namespace penstock::server
