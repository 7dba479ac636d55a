#include "protocol/mcp/state_seal.hpp"

#include "protocol/json_text.hpp"
#include "protocol/mcp/base64.hpp"
#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {
namespace {

std::string code_of(const ServerSettings& settings, std::string_view state, std::string_view method,
                    const boost::json::object& params) {
  if (!settings.options.sign) return {};
  std::string_view name = string_member(params, "name");
  if (name.empty()) name = string_member(params, "uri");
  // JSON strings, so that no two requests read the same.
  std::string text;
  append_json_string(text, method);
  append_json_string(text, name);
  append_json_string(text, base64_encode(state));
  return base64_encode(settings.options.sign(text));
}

/// Takes the same time wherever they differ.
bool same_code(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t at = 0; at < left.size(); ++at)
    difference |= static_cast<unsigned char>(left[at]) ^ static_cast<unsigned char>(right[at]);
  return difference == 0;
}

}  // namespace

std::string seal_state(const ServerSettings& settings, std::string_view state, std::string_view method,
                       const boost::json::object& params) {
  return base64_encode(state) + "." + code_of(settings, state, method, params);
}

std::optional<std::string> open_state(const ServerSettings& settings, std::string_view sealed,
                                      std::string_view method, const boost::json::object& params) {
  const std::size_t dot = sealed.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  auto state = base64_decode(sealed.substr(0, dot));
  if (!state || !same_code(sealed.substr(dot + 1), code_of(settings, *state, method, params)))
    return std::nullopt;
  return state;
}

}  // namespace penstock::protocol::mcp
