#include "datasources/mongodb/connection.hpp"

#include <algorithm>
#include <utility>

#include "datasources/mongodb/catalogue.hpp"
#include "datasources/mongodb/guard.hpp"
#include "datasources/mongodb/kill.hpp"
#include "datasources/mongodb/reader.hpp"
#include "datasources/mongodb/server_report.hpp"
#include "datasources/unmapped_qualifier.hpp"

namespace penstock::mongodb {

MongodbConnection::~MongodbConnection() {
  if (client_ == nullptr) return;
  auto run = client_->abandoned_run();
  client_.reset();  // first, as many servers end the run when its socket is gone
  if (!run) return;
  shared_->canceller.add([options = shared_->options, run = std::move(*run)](Deadline deadline) {
    return kill_run(*options, run, deadline);
  });
}

Result<void> MongodbConnection::open(Deadline deadline) {
  const Run run(interrupt_, deadline, {});
  auto client = Client::open(*shared_->options, interrupt_);
  if (!client) return pass_error(client);
  client_ = std::move(*client);
  return {};
}

Result<std::string> MongodbConnection::physical_database(const Execution& execution,
                                                         std::string_view qualifier) const {
  const std::string_view name = qualifier.empty() ? execution.database : qualifier;
  const bool allowed = name == execution.database || std::ranges::count(execution.also_named, name) > 0;
  const LogicalDatabase* database = allowed ? shared_->options->find(name) : nullptr;
  if (database == nullptr) return std::unexpected(unmapped_qualifier(name));
  return database->physical;
}

Result<std::unique_ptr<BatchReader>> MongodbConnection::execute(const Execution& execution) {
  auto statement = shared_->statements.get(execution.sql);
  if (!statement) return pass_error(statement);
  if ((*statement)->is_sql() && client_->is_ferretdb1()) {
    return fail(ErrorCode::unsupported,
                "this server is FerretDB 1.x, which would answer SQL with wrong rows: it takes the paths of "
                "fields in a "
                "$project for texts",
                "Ask by a native command: {\"find\": \"...\", \"filter\": {...}}, or count.");
  }
  auto database = physical_database(execution, (*statement)->qualifier());
  if (!database) return pass_error(database);
  auto command = (*statement)->bind(execution.params);
  if (!command) return pass_error(command);
  if (shared_->options->layers.guard) {
    if (auto allowed = check_command(*command->document); !allowed) return pass_error(allowed);
  }
  auto reader = std::make_unique<Reader>(*client_, interrupt_, execution, std::move(*database));
  if (auto started = reader->start(std::move(*command), **statement, execution.params); !started)
    return pass_error(started);
  return reader;
}

Result<DatabaseSchema> MongodbConnection::introspect(std::string_view database, std::string_view table,
                                                     Deadline deadline) {
  const Run run(interrupt_, deadline, {});
  const LogicalDatabase* logical = shared_->options->find(database);
  if (logical == nullptr) return std::unexpected(unmapped_qualifier(database));
  auto server = client_->choose_server();
  if (!server) return pass_error(server);
  Catalogue catalogue(*client_, logical->physical, *server);
  auto collections = catalogue.collections(table);
  if (!collections) return pass_error(collections);
  if (collections->empty() && !table.empty()) {
    if (auto exists = catalogue.must_exist(table, database); !exists) return pass_error(exists);
  }
  DatabaseSchema schema;
  schema.database = database;
  for (const Catalogue::Collection& collection : *collections) {
    if (auto go_on = interrupt_.check(); !go_on) return pass_error(go_on);
    auto described = catalogue.describe(collection, shared_->options->sample_size);
    if (!described) return pass_error(described);
    schema.tables.push_back(std::move(*described));
  }
  return schema;
}

Result<void> MongodbConnection::probe(Deadline deadline) {
  const Run run(interrupt_, deadline, {});
  auto server = client_->choose_server();
  if (!server) return pass_error(server);
  const BsonPtr ping = new_document();
  append_int(*ping, "ping", 1);
  Reply reply;
  return client_->send("admin", *ping, *server, reply);
}

Result<ServerInfo> MongodbConnection::server_info(Deadline deadline) {
  const Run run(interrupt_, deadline, {});
  return report_server(*client_);
}

}  // namespace penstock::mongodb
