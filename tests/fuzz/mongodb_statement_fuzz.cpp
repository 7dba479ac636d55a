// Fuzzes the reading of commands and SQL of MongoDB: cmake --preset fuzz, then
// build/fuzz/tests/fuzz/mongodb_statement_fuzz -max_len=4096 NEW_INPUTS tests/fuzz/corpus/mongodb_statement
#include <cstddef>
#include <cstdint>

#include "fuzz/mongodb_statement_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::mongodb::test::run_mongodb_statement_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
