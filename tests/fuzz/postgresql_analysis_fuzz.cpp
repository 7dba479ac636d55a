// Fuzzes the analysis of PostgreSQL statements: cmake --preset asan, then
// build/asan/tests/fuzz/postgresql_analysis_fuzz -max_len=4096 -dict=tests/fuzz/postgresql_analysis.dict
// NEW_INPUTS tests/fuzz/corpus/postgresql_analysis
#include <cstddef>
#include <cstdint>

#include "fuzz/postgresql_analysis_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::postgresql::test::run_postgresql_analysis_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
