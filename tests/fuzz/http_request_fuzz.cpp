// Fuzzes what comes over a connection: cmake --preset asan, then
// build/asan/tests/fuzz/http_request_fuzz -max_len=4096 -dict=tests/fuzz/http_request.dict NEW_INPUTS
// tests/fuzz/corpus/http_request
#include <cstddef>
#include <cstdint>

#include "fuzz/http_request_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::server::test::run_http_request_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
