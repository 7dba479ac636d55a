#include "protocol/mcp/envelope.hpp"

#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {

std::string complete_message(const RevisionRules& rules, const ServerSettings& settings, std::string_view id,
                             std::string_view members) {
  std::string out;
  out.reserve(members.size() + id.size() + settings.info_json.size() + 160);
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += R"(,"result":{)";
  if (rules.stateless) {
    out += R"("resultType":"complete",)";
    out += members;
    if (!members.empty()) out += ',';
    out += R"("_meta":{"io.modelcontextprotocol/serverInfo":)";
    out += settings.info_json;
    out += '}';
  } else {
    out += members;
  }
  out += "}}";
  return out;
}

std::string list_freshness(const ServerSettings& settings) {
  return R"("ttlMs":)" + std::to_string(settings.options.list_ttl.count()) + R"(,"cacheScope":")" +
         (settings.options.public_lists ? "public" : "private") + '"';
}

}  // namespace penstock::protocol::mcp
