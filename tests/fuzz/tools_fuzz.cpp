// Fuzzes tools.yaml and server.yaml: cmake --preset asan, then
// build/asan/tests/fuzz/tools_fuzz -max_len=4096 -dict=tests/fuzz/config.dict NEW_INPUTS
// tests/fuzz/corpus/tools
#include <cstddef>
#include <cstdint>

#include "fuzz/tools_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::config::run_tools_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
