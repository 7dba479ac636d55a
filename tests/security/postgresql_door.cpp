#include "security/postgresql_door.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "penstock/query.hpp"

namespace penstock::postgresql::test {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

// The grants are those of docs/security.md.
constexpr std::string_view kBank = R"sql(
create schema customer_db; create schema accounts_db; create schema hidden; create schema extensions;
create table customer_db.customers (id int primary key, name text);
insert into customer_db.customers values (1, 'Ada'), (2, 'Grace'), (3, 'Edsger');
create sequence customer_db.numbers; select nextval('customer_db.numbers');
create table accounts_db.accounts (id int primary key, customer_id int, balance numeric(12, 2));
insert into accounts_db.accounts values (10, 1, 12.50), (11, 2, 7);
create table hidden.secrets (name text);
insert into hidden.secrets values ('the-secret-of-somebody-else');
select lo_from_bytea(4711, 'the-secret-of-somebody-else');

create role agent login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
revoke all on database postgres from public;
grant connect on database postgres to agent;
revoke create on schema public from public;
grant usage on schema customer_db, accounts_db, extensions to agent;
grant select on all tables in schema customer_db, accounts_db to agent;
create role owner login superuser;
)sql";

constexpr std::string_view kFingerprint = R"sql(
select pg_catalog.md5(pg_catalog.concat_ws('/',
  (select string_agg(c.oid::regclass || ':' || query_to_xml('select * from ' || c.oid::regclass, true, false, '')::text,
                     ',' order by c.oid)
     from pg_class c where c.relkind in ('r', 'm', 'S') and c.relnamespace::regnamespace::text !~ '^(pg_|information)'),
  (select string_agg(m.oid || ':' || coalesce(p.data::text, ''), ',' order by m.oid, p.pageno)
     from pg_largeobject_metadata m left join pg_largeobject p on p.loid = m.oid),
  (select string_agg(name || '=' || coalesce(setting, ''), ',' order by name) from pg_settings),
  (select string_agg(s::text, ',' order by s::text) from pg_db_role_setting s),
  (select string_agg(a::text, ',' order by a.oid) from pg_authid a),
  (select string_agg(n::text, ',' order by n.oid) from pg_namespace n))),
 pg_catalog.concat_ws('/',
  (select count(*) from pg_class), (select count(*) from pg_proc), (select count(*) from pg_type),
  (select count(*) from pg_rewrite), (select count(*) from pg_trigger), (select count(*) from pg_policy),
  (select count(*) from pg_constraint), (select count(*) from pg_description), (select count(*) from pg_extension),
  (select count(*) from pg_database), (select count(*) from pg_replication_slots),
  (select count(*) from pg_prepared_xacts),
  (select count(*) from pg_statistic), pg_conf_load_time()),
 'advisory locks ' || (select count(*) from pg_locks where locktype = 'advisory'),
 'sessions ' || (select coalesce(string_agg(pid::text, ',' order by pid), '') from pg_stat_activity
                  where backend_type = 'client backend' and application_name = 'victim')
)sql";

// From inside, on the door's own connection.
constexpr std::string_view kSession = R"sql(
select md5((select string_agg(name || '=' || coalesce(setting, ''), ',' order by name) from pg_settings
             where name <> 'statement_timeout')),
       session_user, current_user, (select count(*) from pg_class where relnamespace = pg_my_temp_schema()),
       (select string_agg(name || ':' || statement, ',' order by name) from pg_prepared_statements
         where name like 'penstock_begin%' or name like 'penstock_set%' or name like 'penstock_roll%'
            or name like 'penstock_comm%'),
       (select count(*) from pg_prepared_statements where from_sql),
       (select count(*) from pg_cursors where is_holdable),
       (select count(*) from pg_listening_channels()),
       current_setting('transaction_read_only'), current_setting('search_path')
)sql";

}  // namespace

AttackedServer::AttackedServer() : folder_("penstock-attacked-") {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  cluster_.run(std::string(kBank));
}

std::string AttackedServer::fingerprint() const {
  std::string text;
  const auto rows = cluster_.run(std::string(kFingerprint));
  for (const auto& value : rows.at(0))
    text += value.value_or("null") + "\n";
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    text += entry.path().filename().string() + "\n";
  return text;
}

std::string AttackedServer::wait_for(std::string_view expected) const {
  const Deadline deadline = Deadline::after(5s);
  std::string now = fingerprint();
  while (now != expected && !deadline.expired())
    now = fingerprint();
  return now;
}

Door::Door(const AttackedServer& server, Options options) : options_(std::move(options)) {
  DataSourceConfig config;
  config.name = "bank";
  config.type = "postgresql";
  config.access = options_.access;
  config.roles = options_.roles;
  config.masks = options_.masks;
  config.mask_secret = Secret(options_.mask_secret);
  for (const auto& setting : options_.settings)
    config.query_settings.push_back(setting.first);
  config.databases = {{"customer_db", "customer_db"}, {"accounts_db", "accounts_db"}};
  config.connection.set("host", std::string("127.0.0.1"));
  config.connection.set("port", std::int64_t{server.cluster().port()});
  config.connection.set("database", std::string("postgres"));
  config.connection.set("user", options_.user);
  config.connection.set("extension_schemas", std::string("extensions"));
  auto source = make_data_source(config, Layers{.analysis = options_.analysis});
  if (!source) throw std::runtime_error(source.error().message);
  source_ = std::move(*source);
  connect();
}

void Door::connect() {
  auto connection = source_->connect(Node{"primary"}, Deadline::after(kPatience));
  if (!connection) throw std::runtime_error(connection.error().message);
  connection_ = std::move(*connection);
}

Result<std::string> Door::run(std::string_view sql) {
  return enter(sql, true);
}

Result<std::string> Door::run_and_drop(std::string_view sql) {
  return enter(sql, false);
}

Result<std::string> Door::enter(std::string_view sql, bool to_the_end) {
  auto analysis = source_->analyze({sql, "customer_db", options_.access});
  if (!analysis) return pass_error(analysis);
  for (const std::string& name : analysis->qualifiers) {
    if (name == "customer_db" || name == "accounts_db") continue;
    return fail(ErrorCode::forbidden, "no logical database is called " + name);
  }
  auto text = execute(sql, *analysis, to_the_end);
  if (connection_->broken()) connect();
  return text;
}

std::string Door::look(std::string_view sql) {
  // Nothing in the analysis makes the driver clear what is to be seen.
  Analysis look;
  look.kind = StatementKind::select;
  look.may_write = false;
  const auto text = execute(sql, look);
  return text ? *text : text.error().message + " / " + text.error().server_message;
}

std::string Door::session() {
  return look(kSession);
}

std::string Door::load_languages() {
  return look("DO $$ BEGIN END $$");
}

std::string Door::process() {
  return look("SELECT pg_backend_pid()");
}

Result<std::string> Door::execute(std::string_view sql, const Analysis& analysis, bool to_the_end) {
  const Params params;
  Execution execution{.sql = sql, .database = "customer_db", .params = params, .analysis = analysis};
  execution.access = options_.access;
  execution.role = options_.role;
  execution.settings = options_.settings;
  execution.deadline = Deadline::after(time_limit_);
  auto reader = connection_->execute(execution);
  if (!reader) return pass_error(reader);
  std::vector<RecordBatch> batches;
  while (true) {
    auto batch = (*reader)->next();
    if (!batch) return pass_error(batch);
    if (!*batch) break;
    if (!to_the_end) return std::string();
    batches.push_back(std::move(**batch));
  }
  std::string text;
  for (const Row row : Rows(batches)) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") + row[i].to_text();
  }
  return text;
}

}  // namespace penstock::postgresql::test
