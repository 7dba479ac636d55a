// Fuzzes datasources.yaml, summary.yaml and .env: cmake --preset asan, then
// build/asan/tests/fuzz/config_fuzz -max_len=4096 -dict=tests/fuzz/config.dict NEW_INPUTS
// tests/fuzz/corpus/config
#include <cstddef>
#include <cstdint>

#include "fuzz/config_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::config::run_config_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
