// Fuzzes tokens and sets of keys: cmake --preset asan, then
// build/asan/tests/fuzz/token_fuzz -max_len=4096 -dict=tests/fuzz/token.dict NEW_INPUTS
// tests/fuzz/corpus/token
#include <cstddef>
#include <cstdint>

#include "fuzz/token_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::server::run_token_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
