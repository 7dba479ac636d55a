// What must hold of the files of a server for any bytes whatever. Shared by the fuzzer and by the test
// that replays its corpus.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.hpp"
#include "config/placeholders.hpp"
#include "config/sources.hpp"
#include "fuzz/config_target.hpp"

namespace penstock::config {

inline void check_tool(const ToolConfig& tool) {
  must_hold(is_valid_name(tool.name), "a tool has a valid name");
  must_hold(!tool.description.empty() && !tool.statement.empty(), "a tool says what it does, and does it");
  must_hold(tool.database == "a_db" || tool.database == "b_db", "a tool has a database that there is");
  for (const ToolParameter& parameter : tool.parameters) {
    must_hold(!parameter.name.empty(), "a parameter has a name");
    must_hold(!tool_type_name(parameter.type).empty(), "a parameter has a type of its own");
    must_hold(!(parameter.required && parameter.default_value), "what is required has no default");
    if (parameter.default_value) {
      must_hold(parameter.default_value->type() == parameter.type, "a default has the parameter's type");
      must_hold(!violation(parameter, *parameter.default_value), "a default keeps to the constraints");
    }
    for (const Value& value : parameter.allowed_values)
      must_hold(!violation(parameter, value), "what is allowed keeps to the other constraints");
    // Whatever an agent gives, an answer comes.
    static_cast<void>(violation(parameter, Value(tool.statement)));
  }
}

inline void check_identities(const IdentityConfig& identities) {
  for (const PrincipalConfig& principal : identities.principals) {
    must_hold(is_valid_name(principal.name), "a principal has a valid name");
    must_hold(principal.queue_share >= 1 && principal.max_rows.value_or(1) >= 1, "limits are some");
  }
  for (const KeyConfig& key : identities.keys) {
    must_hold(key.sha256.size() == 64, "a key has a hash");
    must_hold(std::ranges::find(identities.principals, key.principal, &PrincipalConfig::name) !=
                  identities.principals.end(),
              "a key belongs to a principal");
    must_hold(parse_time(format_time(key.created)) == key.created, "a time is read as it is written");
  }
}

inline void check_if_whole(const IdentityConfig& identities, const std::vector<Problem>& found,
                           std::vector<Problem>& all) {
  if (found.empty()) check_identities(identities);
  all.insert(all.end(), found.begin(), found.end());
}

/// Reads the bytes as each of the files. Aborts when a promise is broken.
inline void run_tools_target(std::string_view bytes) {
  static const std::vector<TypeSpec> types = test_types();
  static const std::string secret = "7f3a/never shown";
  if (bytes.find(secret) != std::string_view::npos) return;
  Sources sources;
  sources.directory = "/nonexistent";
  sources.datasources =
      "datasources:\n  one: {type: sqlite, connection: {path: .}, databases: [a_db]}\n"
      "  two: {type: postgresql, databases: [b_db]}\n";
  for (const char* name : {"SECRET", "A", "NAME"})
    sources.variables.insert_or_assign(name, secret);
  sources.tools = std::string(bytes);
  std::vector<Problem> problems;
  const ServingConfiguration tools = parse_serving_configuration(sources, types, problems);
  if (problems.empty()) std::ranges::for_each(tools.tools, check_tool);
  sources.server = std::exchange(sources.tools, std::nullopt);
  const ServingConfiguration serving = parse_serving_configuration(sources, types, problems);
  must_hold(serving.server.max_connections >= 1 && serving.server.max_rows >= 1, "limits are some");
  sources.principals = std::exchange(sources.server, std::nullopt);
  std::vector<Problem> of_principals;
  check_if_whole(parse_identities(sources, of_principals), of_principals, problems);
  sources.principals = "principals: {agent1: {databases: [a_db]}}\n";
  sources.keys = std::string(bytes);
  std::vector<Problem> of_keys;
  check_if_whole(parse_identities(sources, of_keys), of_keys, problems);
  for (const Problem& problem : problems) {
    must_hold(!problem.message.empty() && !find_bad_byte(problem.message), "a message is text");
    must_hold(problem.message.find('\n') == std::string::npos, "a message is one line");
    must_hold(problem.message.find(secret) == std::string::npos, "a message shows no value of a variable");
  }
  static_cast<void>(find_placeholders(bytes, ParameterMarks::any));
  static_cast<void>(find_placeholders(bytes, ParameterMarks::numbered_dollar));
}

}  // namespace penstock::config
