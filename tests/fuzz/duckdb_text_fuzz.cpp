// Fuzzes the parsers of the DuckDB driver: cmake --preset fuzz, then
// build/fuzz/tests/fuzz/duckdb_text_fuzz -max_len=4096 -dict=tests/fuzz/duckdb_text.dict
// NEW_INPUTS tests/fuzz/corpus/duckdb_text
#include <cstddef>
#include <cstdint>

#include "fuzz/duckdb_text_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::duckdb::test::run_duckdb_text_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
