// Fuzzes the analysis of MySQL statements: cmake --preset asan, then
// build/asan/tests/fuzz/mysql_analysis_fuzz -max_len=4096 -dict=tests/fuzz/mysql_analysis.dict
// NEW_INPUTS tests/fuzz/corpus/mysql_analysis
#include <cstddef>
#include <cstdint>

#include "fuzz/mysql_analysis_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::mysql::test::run_mysql_analysis_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
