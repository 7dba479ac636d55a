#include "server/rest.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/nearest.hpp"
#include "protocol/rest/media_type.hpp"
#include "protocol/rest/openapi.hpp"
#include "protocol/rest/query_string.hpp"
#include "protocol/rest/request_body.hpp"
#include "protocol/rest/trace_parent.hpp"
#include "server/explain.hpp"
#include "server/rest_answers.hpp"
#include "server/rest_query.hpp"
#include "server/schema_search.hpp"

namespace penstock::server {

namespace rest = protocol::rest;

namespace {

constexpr std::size_t kMostTables = 10'000;
constexpr std::size_t kMostSchemaBytes = 1 << 20;
constexpr std::size_t kMostPatternBytes = 256;
constexpr std::size_t kDefaultSchemaBytes = 256 << 10;

Error error_of(ErrorCode code, std::string message, std::string hint = {}) {
  return fail(code, std::move(message), std::move(hint)).error();
}

/// A path that fits a pattern, and what stands for its `{id}`.
struct Match {
  bool fits = false;
  std::string_view id;
};

Match match(std::string_view pattern, std::string_view path) noexcept {
  const std::size_t brace = pattern.find("{id}");
  if (brace == std::string_view::npos) return {pattern == path, {}};
  const std::string_view before = pattern.substr(0, brace);
  const std::string_view after = pattern.substr(brace + 4);
  if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size())
    return {};
  const std::string_view id = path.substr(before.size(), path.size() - before.size() - after.size());
  return {id.find('/') == std::string_view::npos, id};
}

template <typename T>
T tighter(std::optional<T> asked, T allowed) noexcept {
  return std::min(asked.value_or(allowed), allowed);
}

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t comma = list.find(',');
    words.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return words;
    list.remove_prefix(comma + 1);
  }
}

Result<void> read_places(const std::string& list, SchemaSearch& search) {
  search.in_tables = search.in_columns = search.in_comments = false;
  for (const std::string_view word : words_of(list)) {
    if (word == "tables") {
      search.in_tables = true;
    } else if (word == "columns") {
      search.in_columns = true;
    } else if (word == "comments") {
      search.in_comments = true;
    } else {
      return fail(ErrorCode::invalid_argument,
                  "`in` must list `tables`, `columns` or `comments`, separated by commas");
    }
  }
  return {};
}

Result<void> read_kinds(const std::string& list, SchemaSearch& search) {
  for (const std::string_view word : words_of(list)) {
    const auto kind = parse_table_kind(word);
    if (!kind) {
      return fail(
          ErrorCode::invalid_argument,
          "`kind` must list kinds of tables, separated by commas: `table`, `view`, `materialized_view`, "
          "`virtual_table`, `partitioned_table`, `foreign_table`");
    }
    search.kinds.push_back(*kind);
  }
  return {};
}

Result<SchemaSearch> read_search(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kKnown{"search", "in",    "kind",     "detail",
                                                          "offset", "limit", "max_bytes"};
  const auto query = rest::QueryString::parse(text, kKnown);
  if (!query) return std::unexpected(query.error());
  SchemaSearch search;
  if (const auto* pattern = query->find("search")) search.pattern = *pattern;
  if (search.pattern.size() > kMostPatternBytes)
    return fail(ErrorCode::invalid_argument, "`search` must have at most 256 bytes");
  if (const auto* places = query->find("in")) {
    if (auto read = read_places(*places, search); !read) return pass_error(read);
  }
  if (const auto* kinds = query->find("kind")) {
    if (auto read = read_kinds(*kinds, search); !read) return pass_error(read);
  }
  if (const auto* detail = query->find("detail")) {
    const auto known = parse_schema_detail(*detail);
    if (!known) return fail(ErrorCode::invalid_argument, "`detail` must be `names`, `summary` or `full`");
    search.detail = *known;
  }
  const auto offset = query->number("offset", 0, 0, kMostTables * 1'000);
  const auto limit = query->number("limit", search.limit, 1, kMostTables);
  const auto bytes = query->number("max_bytes", kDefaultSchemaBytes, 1, kMostSchemaBytes);
  for (const auto* number : {&offset, &limit, &bytes}) {
    if (!*number) return std::unexpected(number->error());
  }
  search.offset = *offset;
  search.limit = *limit;
  search.max_bytes = *bytes;
  return search;
}

}  // namespace

/// One request, from its route to its answer.
class RestApi::Requests {
 public:
  Requests(RestApi& api, std::shared_ptr<Exchange> exchange, std::string_view id)
      : api_(api),
        exchange_(std::move(exchange)),
        id_(id),
        principal_(principal_of(*exchange_)),
        options_(api.options_.load()) {}

  /// False: answered that the principal may not do what the tool of this name does; empty: anybody may.
  bool may_use(std::string_view tool) {
    if (tool.empty() || principal_->may_use(tool)) return true;
    const Error error = error_of(ErrorCode::forbidden,
                                 fmt::format("this principal may not use {}, which this endpoint does", tool),
                                 "The operator grants it with `tools` in principals.yaml.");
    QueryCall call{.principal = principal_, .origin = origin()};
    call.origin.tool = tool;
    if (auto body = rest::parse_query_body(exchange_->body())) {
      call.database = std::move(body->database);
      call.sql = std::move(body->sql);
    }
    api_.executor_.refused(call, error);
    refuse(error);
    return false;
  }

  void query() {
    const auto received = Deadline::Clock::now();
    if (!takes_json_body()) return;
    auto body = rest::parse_query_body(exchange_->body());
    if (!body) return refuse(body.error());
    Result<Format> format = Format::json;
    if (body->format) {
      format = *body->format;
    } else if (format = rest::choose_format(exchange_->header("accept")); !format) {
      return refuse(format.error(), 406);
    }
    QueryCall call{.database = std::move(body->database),
                   .sql = std::move(body->sql),
                   .params = std::move(body->params),
                   .options = tightened(body->options),
                   .principal = principal_,
                   .origin = origin(),
                   .received = received};
    const Deadline deadline = Deadline::after(*call.options.timeout, received);
    auto answer =
        std::make_shared<QueryAnswer>(std::move(exchange_), api_.executor_, deadline, *format, body->rows);
    api_.executor_.query(std::move(call), [answer = std::move(answer)](Result<ResultStream> stream) {
      answer->start(std::move(stream));
    });
  }

  void databases() {
    if (!has_no_query() || !takes_json()) return;
    respond_json(*exchange_, databases_json(api_.manager_.databases(grant())));
  }

  void database() {
    if (!has_no_query() || !takes_json()) return;
    const auto name = rest::percent_decode(id_);
    const auto databases = api_.manager_.databases(grant());
    const auto found = std::ranges::find(databases, name.value_or(""), &DatabaseInfo::id);
    if (found != databases.end()) return respond_json(*exchange_, database_json(*found));
    refuse(unknown_database(name.value_or(std::string(id_)), databases));
  }

  void schema() {
    if (!takes_json()) return;
    const auto name = rest::percent_decode(id_);
    if (!name) return refuse(error_of(ErrorCode::not_found, "no logical database has a name like this"));
    auto search = read_search(exchange_->query());
    if (!search) return refuse(search.error());
    api_.schemas_.get(
        *name, principal_,
        [exchange = exchange_, search = std::move(*search)](Result<SchemaCache::Schema> schema) {
          if (!schema) return respond_problem(*exchange, schema.error());
          const SchemaPage page = search_schema(std::move(*schema), search, SchemaForm::json);
          respond_json(*exchange, schema_json(page, search.detail));
        });
  }

  void validate() {
    if (!takes_json_body() || !takes_json()) return;
    const auto databases = rest::parse_validate_body(exchange_->body());
    if (!databases) return refuse(databases.error());
    const std::vector<std::string_view> names(databases->begin(), databases->end());
    respond_json(*exchange_, validation_json(api_.manager_.validate_databases(names, grant())));
  }

  void explain() {
    const auto received = Deadline::Clock::now();
    if (!takes_json_body() || !takes_json()) return;
    auto body = rest::parse_explain_body(exchange_->body());
    if (!body) return refuse(body.error());
    ExplainCall call{.query = {.database = std::move(body->database),
                               .sql = std::move(body->sql),
                               .params = std::move(body->params),
                               .options = tightened({.timeout = body->timeout}),
                               .principal = principal_,
                               .origin = origin(),
                               .received = received},
                     .analyze = body->options.analyze,
                     .format = body->options.format};
    server::explain(api_.manager_, api_.executor_, options_->explain_analyze, std::move(call),
                    [exchange = exchange_](Result<Plan> plan) {
                      if (!plan) return respond_problem(*exchange, plan.error());
                      respond_json(*exchange, plan_json(*plan));
                    });
  }

  void datasources() {
    if (!takes_json()) return;
    static constexpr std::array<std::string_view, 1> kKnown{"probe"};
    const auto query = rest::QueryString::parse(exchange_->query(), kKnown);
    if (!query) return refuse(query.error());
    const auto probe = query->truth("probe", false);
    if (!probe) return refuse(probe.error());
    // Here and below, on an event loop: each pool's lock is held for one event of its state, never while
    // anything waits.
    if (!*probe) return respond_json(*exchange_, datasources_json(api_.manager_.datasources(grant()), {}));
    api_.probes_.ask(exchange_);
  }

  void healthz() { respond_json(*exchange_, R"({"status":"ok"})"); }

  // Not ready is who can answer nothing at all: one datasource that is down keeps no other from serving.
  void readyz() {
    const auto datasources = api_.manager_.datasources();
    const bool ready = std::ranges::any_of(datasources, [](const DataSourceInfo& info) {
      return info.state == DataSourceState::up || info.state == DataSourceState::unknown;
    });
    // Who it is open to need not know what there is.
    const bool names = principal_ != Principal::nobody();
    respond_json(*exchange_,
                 readiness_json(ready, names ? std::span(datasources) : std::span<const DataSourceInfo>()),
                 ready ? 200 : 503);
  }

  void openapi() { respond_json(*exchange_, std::string(rest::openapi_document())); }

 private:
  void refuse(const Error& error, std::optional<int> status = std::nullopt) {
    respond_problem(*exchange_, error, status);
  }

  // A page of a browser cannot send this type to another origin without being asked for its right to.
  bool takes_json_body() {
    if (rest::is_json_content(exchange_->header("content-type"))) return true;
    refuse(error_of(ErrorCode::invalid_argument, "the body must be JSON",
                    "Send it with `Content-Type: application/json`."),
           415);
    return false;
  }

  bool takes_json() {
    if (rest::accepts_json(exchange_->header("accept"))) return true;
    refuse(error_of(ErrorCode::unsupported,
                    "this is answered in `application/json` alone, which `Accept` does not take"),
           406);
    return false;
  }

  bool has_no_query() {
    const auto query = rest::QueryString::parse(exchange_->query(), {});
    if (!query) refuse(query.error());
    return query.has_value();
  }

  [[nodiscard]] const Grant* grant() const noexcept { return &principal_->grant; }

  [[nodiscard]] QueryOrigin origin() const {
    QueryOrigin origin;
    origin.request_id = exchange_->request_id();
    if (const auto trace = rest::parse_trace_parent(exchange_->header("traceparent")))
      origin.trace_id = trace->trace_id;
    return origin;
  }

  [[nodiscard]] QueryOptions tightened(QueryOptions asked) const {
    asked.timeout = tighter(asked.timeout, options_->timeout);
    asked.max_rows = tighter(asked.max_rows, options_->max_rows);
    asked.max_bytes = tighter(asked.max_bytes, options_->max_bytes);
    restrict_to(principal_, asked);
    asked.stop = exchange_->gone();
    const std::string_view trace = exchange_->header("traceparent");
    if (options_->pass_trace_context && rest::parse_trace_parent(trace)) asked.trace_parent = trace;
    return asked;
  }

  static Error unknown_database(const std::string& name, const std::vector<DatabaseInfo>& databases) {
    std::vector<std::string> names;
    std::string list;
    for (const DatabaseInfo& database : databases) {
      names.push_back(database.id);
      list += (list.empty() ? "" : ", ") + database.id;
    }
    const auto nearest = nearest_name(name, names);
    return error_of(ErrorCode::not_found,
                    fmt::format("there is no logical database '{}'; there are {}", name, list),
                    nearest ? fmt::format("did you mean '{}'?", *nearest) : std::string());
  }

  RestApi& api_;
  std::shared_ptr<Exchange> exchange_;
  std::string id_;
  PrincipalPtr principal_;
  std::shared_ptr<const RestOptions> options_;
};

namespace {

struct Endpoint {
  RestRoute route;
  void (RestApi::Requests::*answer)();
  std::string_view tool;  ///< of MCP, that does the same; a principal needs it. Empty: open to everybody
};

constexpr std::array kEndpoints{
    Endpoint{{"POST", "/v1/query"}, &RestApi::Requests::query, "execute_query"},
    Endpoint{{"GET", "/v1/databases"}, &RestApi::Requests::databases, "list_databases"},
    Endpoint{{"GET", "/v1/databases/{id}"}, &RestApi::Requests::database, "list_databases"},
    Endpoint{{"GET", "/v1/databases/{id}/schema"}, &RestApi::Requests::schema, "search_schema"},
    Endpoint{{"POST", "/v1/validate"}, &RestApi::Requests::validate, "validate_databases"},
    Endpoint{{"POST", "/v1/explain"}, &RestApi::Requests::explain, "explain_query"},
    Endpoint{{"GET", "/v1/datasources"}, &RestApi::Requests::datasources, "list_databases"},
    Endpoint{{"GET", "/healthz"}, &RestApi::Requests::healthz, ""},
    Endpoint{{"GET", "/readyz"}, &RestApi::Requests::readyz, ""},
    Endpoint{{"GET", "/openapi.json"}, &RestApi::Requests::openapi, ""},
};

bool takes(const RestRoute& route, std::string_view method) noexcept {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

std::string path_list() {
  std::string list;
  for (const Endpoint& endpoint : kEndpoints)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", endpoint.route.method, endpoint.route.path);
  return list;
}

}  // namespace

RestApi::RestApi(DataSourceManager& manager, Executor& executor, SchemaCache& schemas, RestOptions options,
                 std::shared_ptr<QueryGate> gate)
    : manager_(manager),
      executor_(executor),
      schemas_(schemas),
      probes_(manager, executor),
      options_(std::make_shared<const RestOptions>(options)),
      gate_(std::move(gate)) {}

RestApi::~RestApi() = default;

void RestApi::set_options(RestOptions options) {
  options_.store(std::make_shared<const RestOptions>(options));
}

std::span<const RestRoute> RestApi::routes() noexcept {
  static const auto routes = [] {
    std::array<RestRoute, kEndpoints.size()> list;
    std::ranges::transform(kEndpoints, list.begin(), &Endpoint::route);
    return list;
  }();
  return routes;
}

std::string_view RestApi::pattern_of(std::string_view path) noexcept {
  const auto found = std::ranges::find_if(
      kEndpoints, [&](const Endpoint& endpoint) { return match(endpoint.route.path, path).fits; });
  return found == kEndpoints.end() ? std::string_view() : found->route.path;
}

// Signs of life are asked for by those who look after the server.
Result<void> RestApi::admit(const Exchange& exchange) const {
  if (gate_ == nullptr || exchange.principal() == nullptr || !exchange.path().starts_with("/v1/")) return {};
  return gate_->request(*exchange.principal(), FrontEnd::rest, exchange.request_id());
}

void RestApi::answer(std::shared_ptr<Exchange> exchange) {
  const std::string_view path = exchange->path();
  const Endpoint* other_method = nullptr;
  for (const Endpoint& endpoint : kEndpoints) {
    const Match found = match(endpoint.route.path, path);
    if (!found.fits) continue;
    if (takes(endpoint.route, exchange->method())) {
      if (const auto admitted = admit(*exchange); !admitted)
        return respond_problem(*exchange, admitted.error());
      Requests requests(*this, std::move(exchange), found.id);
      if (requests.may_use(endpoint.tool)) (requests.*endpoint.answer)();
      return;
    }
    other_method = &endpoint;
  }
  if (other_method == nullptr) {
    return respond_problem(*exchange,
                           error_of(ErrorCode::not_found, "there is nothing at this path",
                                    fmt::format("There are {}.", path_list())),
                           404);
  }
  const bool is_get = other_method->route.method == "GET";
  respond_problem(*exchange,
                  error_of(ErrorCode::invalid_argument,
                           fmt::format("this path is for {}", is_get ? "GET and HEAD" : "POST")),
                  405, {{"Allow", is_get ? "GET, HEAD" : "POST"}});
}

}  // namespace penstock::server
