#include "protocol/mcp/envelope.hpp"

#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {

std::string complete_message(const RevisionRules& rules, const ServerSettings& settings, std::string_view id,
                             std::initializer_list<std::string_view> members) {
  std::string out;
  std::size_t size = 0;
  for (const std::string_view part : members)
    size += part.size();
  out.reserve(size + id.size() + settings.info_json.size() + 160);
  const auto append_all = [&] {
    for (const std::string_view part : members)
      out += part;
  };
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += R"(,"result":{)";
  if (rules.stateless) {
    out += R"("resultType":"complete",)";
    append_all();
    if (size > 0) out += ',';
    out += R"("_meta":{"io.modelcontextprotocol/serverInfo":)";
    out += settings.info_json;
    out += '}';
  } else {
    append_all();
  }
  out += "}}";
  return out;
}

std::string list_freshness(const ServerSettings& settings) {
  return R"("ttlMs":)" + std::to_string(settings.options.list_ttl.count()) + R"(,"cacheScope":")" +
         (settings.options.public_lists ? "public" : "private") + '"';
}

}  // namespace penstock::protocol::mcp
