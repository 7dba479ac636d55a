#include "datasources/mongodb/kill.hpp"

#include <cstdint>
#include <vector>

#include "datasources/mongodb/cursor.hpp"

namespace penstock::mongodb {

namespace {

// https://www.mongodb.com/docs/manual/reference/operator/aggregation/currentOp/: of the user's own, which
// asks for no privilege; of a router, those of all shards.
BsonPtr current_operations(const bson_t& session) {
  BsonPtr command = new_document();
  append_int(*command, "aggregate", 1);
  append_array(*command, "pipeline", [&](bson_t& pipeline) {
    append_child(pipeline, "0", [](bson_t& stage) { append_child(stage, "$currentOp", [](bson_t&) {}); });
    append_child(pipeline, "1", [&](bson_t& stage) {
      append_child(stage, "$match", [&](bson_t& match) {
        bson_iter_t id;
        if (bson_iter_init_find(&id, &session, "id")) bson_append_iter(&match, "lsid.id", -1, &id);
      });
    });
  });
  append_child(*command, "cursor", [](bson_t&) {});
  return command;
}

// killOp, for each of them.
Result<std::vector<BsonPtr>> kills(Client& client, std::uint32_t server, const bson_t& session) {
  Cursor operations(client, "admin", server);
  const BsonPtr command = current_operations(session);
  if (auto started = operations.start(*command, Cursor::As::plain); !started) return pass_error(started);
  std::vector<BsonPtr> out;
  for (;;) {
    auto operation = operations.next();
    if (!operation) return pass_error(operation);
    if (*operation == nullptr) return out;
    bson_iter_t number;  // of a shard's, "shard:number"
    if (!bson_iter_init_find(&number, &(*operation)->get(), "opid")) continue;
    BsonPtr kill = new_document();
    append_int(*kill, "killOp", 1);
    bson_append_iter(kill.get(), "op", -1, &number);
    out.push_back(std::move(kill));
  }
}

}  // namespace

bool kill_run(const Options& options, const AbandonedRun& run, Deadline deadline) {
  Interrupt interrupt;
  const Run killing(interrupt, deadline, {});
  auto client = Client::open(options, interrupt);
  if (!client) return false;
  const auto server = (*client)->member(run.host_and_port);
  if (!server) return true;
  const auto commands = kills(**client, *server, *run.session);
  // A server without $currentOp ends what a lost session asked for by itself, or not at all.
  if (!commands) return !(*client)->broken();
  Reply reply;
  for (const BsonPtr& kill : *commands) {
    const auto killed = (*client)->send("admin", *kill, *server, reply);
    if (!killed && (*client)->broken()) return false;
  }
  return true;
}

}  // namespace penstock::mongodb
