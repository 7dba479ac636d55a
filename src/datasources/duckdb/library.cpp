#include "datasources/duckdb/library.hpp"

#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include <dlfcn.h>

namespace penstock::duckdb {

namespace {

constexpr const char* kFileName = "libduckdb.so";

std::vector<std::string> places(const std::filesystem::path& configured) {
  if (!configured.empty()) return {configured.string()};
  // Nothing here changes the environment.
  const char* from_environment = std::getenv("PENSTOCK_DUCKDB_LIBRARY");  // NOLINT(concurrency-mt-unsafe)
  if (from_environment != nullptr && *from_environment != '\0') return {from_environment};
  std::vector<std::string> out;
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const auto beside = program.parent_path().parent_path() / "lib" / "penstock" / kFileName;
  if (!unknown && std::filesystem::exists(beside, unknown)) out.push_back(beside.string());
  const std::filesystem::path built_with(PENSTOCK_DUCKDB_BUILD_LIBRARY);
  if (!built_with.empty() && std::filesystem::exists(built_with, unknown)) out.push_back(built_with.string());
  out.emplace_back(kFileName);
  return out;
}

std::string last_problem() {
  const char* problem = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one a thread
  return problem == nullptr ? "unknown" : problem;
}

// The functions of a library that is open; names the first that it lacks.
Result<Api> functions_of(void* library, const std::string& place) {
  Api api;
  const char* missing = nullptr;
  const auto find = [&](const char* name, auto& into) {
    void* found = dlsym(library, name);
    if (found == nullptr && missing == nullptr) missing = name;
    into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(found);
  };
#define PENSTOCK_DUCKDB_FIND(name) find("duckdb_" #name, api.name);
  PENSTOCK_DUCKDB_FUNCTIONS(PENSTOCK_DUCKDB_FIND)
#undef PENSTOCK_DUCKDB_FIND
  if (missing == nullptr) return api;
  return fail(ErrorCode::unavailable, place + " has no function " + missing +
                                          ": it is no DuckDB, or one that is too old (1.4 is needed)");
}

}  // namespace

Result<Api> load_library(const std::filesystem::path& configured) {
  std::string tried;
  Error error;
  for (const std::string& place : places(configured)) {
    // Never closed: DuckDB's threads and what it leaves to the end of the process would lose their code.
    void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library != nullptr) return functions_of(library, place);
    error.server_message = last_problem();
    tried += (tried.empty() ? "" : ", ") + place;
  }
  error.code = ErrorCode::unavailable;
  error.message = "DuckDB's library cannot be loaded (" + tried + ")";
  error.hint =
      "Run scripts/setup, or install DuckDB 1.4 and set `library` under `connection`, or "
      "PENSTOCK_DUCKDB_LIBRARY, to its libduckdb.so.";
  return std::unexpected(std::move(error));
}

}  // namespace penstock::duckdb
