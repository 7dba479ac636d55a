#include "datasources/mongodb/mongoc_library.hpp"

#include <string>
#include <type_traits>

#include <dlfcn.h>

namespace penstock::mongodb {

namespace {

constexpr const char* kFile = "libmongoc-1.0.so.0";

// Also what dlerror() says of it.
std::unexpected<Error> not_loaded() {
  const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc's is the thread's own
  return fail(ErrorCode::unavailable,
              std::string("libmongoc, which speaks to MongoDB, cannot be loaded: ") +
                  (reason == nullptr ? kFile : reason),
              "Install it (Debian: libmongoc-1.0-0).");
}

Result<MongocLibrary> load() {
  void* const library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return not_loaded();
  MongocLibrary out;
  bool found = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    found = found && function != nullptr;
  };
#define PENSTOCK_MONGOC_FIND(name) find(out.name, "mongoc_" #name);
  PENSTOCK_MONGOC_FUNCTIONS(PENSTOCK_MONGOC_FIND)
#undef PENSTOCK_MONGOC_FIND
  if (!found) return not_loaded();
  out.init();
  // What libmongoc would log to standard error, errors say as well.
  out.log_set_handler([](mongoc_log_level_t, const char*, const char*, void*) {}, nullptr);
  return out;
}

const Result<MongocLibrary>& library() noexcept {
  static const Result<MongocLibrary> loaded = load();
  return loaded;
}

}  // namespace

Result<void> load_mongoc() {
  if (!library()) return std::unexpected(library().error());
  return {};
}

const MongocLibrary& mongoc() noexcept {
  return *library();
}

}  // namespace penstock::mongodb
