// Fuzzes what REST reads of a request: cmake --preset asan, then
// build/asan/tests/fuzz/rest_body_fuzz -max_len=4096 -dict=tests/fuzz/rest_body.dict NEW_INPUTS
// tests/fuzz/corpus/rest_body
#include <cstddef>
#include <cstdint>

#include "fuzz/rest_body_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::protocol::rest::run_rest_body_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
