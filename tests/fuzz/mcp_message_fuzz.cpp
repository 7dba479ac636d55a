// Fuzzes MCP messages, one a line: cmake --preset asan, then
// build/asan/tests/fuzz/mcp_message_fuzz -max_len=4096 -dict=tests/fuzz/mcp_message.dict NEW_INPUTS
// tests/fuzz/corpus/mcp_message
#include <cstddef>
#include <cstdint>

#include "fuzz/mcp_message_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  penstock::protocol::mcp::run_mcp_message_target({reinterpret_cast<const char*>(data), size});
  return 0;
}
