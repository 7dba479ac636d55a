#include "datasources/mongodb/server_report.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

namespace penstock::mongodb {

namespace {

using std::string_view_literals::operator""sv;

// Of https://www.mongodb.com/docs/manual/reference/privilege-actions/, those of the role `read` and of
// nobody.
constexpr std::array kReadActions{
    "changeStream"sv, "collStats"sv,       "dbHash"sv,      "dbStats"sv,           "find"sv,
    "killCursors"sv,  "listCollections"sv, "listIndexes"sv, "listSearchIndexes"sv, "planCacheRead"sv};

void collect_actions(const bson_iter_t& privileges, std::set<std::string, std::less<>>& beyond) {
  bson_iter_t each;
  if (!bson_iter_recurse(&privileges, &each)) return;
  while (bson_iter_next(&each)) {
    bson_iter_t privilege;
    if (!bson_iter_recurse(&each, &privilege) || !bson_iter_find(&privilege, "actions")) continue;
    bson_iter_t action;
    if (!bson_iter_recurse(&privilege, &action)) continue;
    while (bson_iter_next(&action)) {
      if (!BSON_ITER_HOLDS_UTF8(&action)) continue;
      const std::string_view name = text_of(action);
      if (!std::ranges::binary_search(kReadActions, name)) beyond.emplace(name);
    }
  }
}

bool is_empty_array(const bson_t& reply, const char* path) {
  bson_iter_t iter;
  bson_iter_t at;
  bson_iter_t element;
  return bson_iter_init(&iter, &reply) && bson_iter_find_descendant(&iter, path, &at) &&
         bson_iter_recurse(&at, &element) && !bson_iter_next(&element);
}

void add_privileges(ServerInfo& info, const bson_t& reply) {
  if (is_empty_array(reply, "authInfo.authenticatedUsers")) {
    info.warnings.emplace_back(
        "nobody authenticates, so the server itself bounds nothing: configure a user with the role `read`");
    return;
  }
  bson_iter_t iter;
  bson_iter_t privileges;
  if (!bson_iter_init(&iter, &reply) ||
      !bson_iter_find_descendant(&iter, "authInfo.authenticatedUserPrivileges", &privileges))
    return;
  std::set<std::string, std::less<>> beyond;
  collect_actions(privileges, beyond);
  if (beyond.empty()) return;
  std::string names;
  std::size_t shown = 0;
  for (const std::string& name : beyond) {
    if (shown++ == 8) {
      names += ", ...";
      break;
    }
    names += (names.empty() ? "" : ", ") + name;
  }
  info.warnings.push_back("the configured user may do more than read: " + names +
                          "; the role `read` on the databases is enough");
}

}  // namespace

Result<ServerInfo> report_server(Client& client) {
  auto server = client.choose_server();
  if (!server) return pass_error(server);
  const BsonPtr build = new_document();
  append_int(*build, "buildInfo", 1);
  Reply reply;
  if (auto sent = client.send("admin", *build, *server, reply); !sent) return pass_error(sent);
  ServerInfo info;
  bson_iter_t iter;
  info.product = bson_iter_init_find(&iter, &reply.get(), "ferretdb") ||
                         bson_iter_init_find(&iter, &reply.get(), "ferretdbVersion")
                     ? "FerretDB"
                     : "MongoDB";
  if (bson_iter_init_find(&iter, &reply.get(), "version") && BSON_ITER_HOLDS_UTF8(&iter))
    info.version = text_of(iter);
  const BsonPtr status = new_document();
  append_int(*status, "connectionStatus", 1);
  append_bool(*status, "showPrivileges", true);
  if (auto sent = client.send("admin", *status, *server, reply); sent) {
    add_privileges(info, reply.get());
  } else if (client.broken()) {
    return pass_error(sent);
  }
  return info;
}

}  // namespace penstock::mongodb
