#include "server/rest_answers.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include "protocol/rest/problem.hpp"
#include "server/retry_after.hpp"

namespace penstock::server {

namespace {

void write_pool(JsonDocument& json, const PoolStatistics& pool) {
  json.begin_object()
      .member("total", pool.total)
      .member("idle", pool.idle)
      .member("leased", pool.leased)
      .member("waiting", pool.waiting)
      .member("connecting", pool.connecting)
      .member("min_size", pool.min_size)
      .member("max_size", pool.max_size)
      .member("acquires", pool.acquires)
      .member("connects", pool.connects)
      .member("connect_failures", pool.connect_failures)
      .member("timeouts", pool.timeouts)
      .member("cancelled", pool.cancelled)
      .member("overloaded", pool.overloaded)
      .member("unavailable", pool.unavailable)
      .member("failed_checks", pool.failed_checks)
      .member("leaks", pool.leaks);
  json.key("wait_ms").milliseconds(
      std::chrono::duration_cast<std::chrono::microseconds>(pool.wait_time).count());
  json.end_object();
}

void write_error(JsonDocument& json, const Error& error) {
  json.key("error").begin_object().member("code", to_string(error.code)).member("message", error.message);
  if (!error.sqlstate.empty()) json.member("sqlstate", error.sqlstate);
  if (!error.hint.empty()) json.member("hint", error.hint);
  json.end_object();
}

void write_report(JsonDocument& json, const HealthReport& report) {
  json.begin_object().member("node", report.node).member("state", to_string(report.state));
  if (report.state == DataSourceState::up && !report.error) {
    json.key("latency_ms").milliseconds(report.latency.count());
    json.member("product", report.server.product).member("version", report.server.version);
  }
  if (report.error) write_error(json, *report.error);
  json.member("warnings", std::span<const std::string>(report.server.warnings));
  json.key("databases_down").begin_array();
  for (const DatabaseFailure& failure : report.server.failures) {
    json.begin_object().member("database", failure.database);
    write_error(json, failure.error);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_datasource(JsonDocument& json, const DataSourceInfo& info, std::span<const HealthReport> reports) {
  json.begin_object()
      .member("name", info.name)
      .member("type", info.type)
      .member("description", info.description)
      .member("access", to_string(info.access))
      .member("state", to_string(info.state));
  if (!info.state_reason.empty()) json.member("state_reason", info.state_reason);
  json.member("databases", std::span<const std::string>(info.databases));
  json.key("pools").begin_array();
  for (const auto& [node, pool] : info.pools) {
    json.begin_object().member("node", node).key("pool");
    write_pool(json, pool);
    json.end_object();
  }
  json.end_array();
  if (!reports.empty()) {
    json.key("probes").begin_array();
    for (const HealthReport& report : reports) {
      if (report.datasource == info.name) write_report(json, report);
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace

void respond_problem(Exchange& exchange, const Error& error, std::optional<int> status,
                     std::vector<HttpHeader> headers) {
  HttpResponse response;
  response.status = status.value_or(protocol::rest::http_status(error));
  response.content_type = protocol::rest::kProblemType;
  response.headers = std::move(headers);
  response.headers.emplace_back("Cache-Control", "no-store");
  if (error.code == ErrorCode::overloaded || error.code == ErrorCode::unavailable)
    response.headers.push_back(retry_after(error.retry_after));
  response.body = protocol::rest::problem_document(error, exchange.request_id(), status);
  exchange.respond(std::move(response));
}

void respond_json(Exchange& exchange, std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  exchange.respond(std::move(response));
}

void write_database(JsonDocument& json, const DatabaseInfo& database) {
  json.begin_object()
      .member("id", database.id)
      .member("name", database.name)
      .member("description", database.description)
      .member("datasource", database.datasource)
      .member("type", database.type)
      .member("access", to_string(database.access))
      .member("available", database.available);
  if (!database.available) json.member("unavailable_reason", database.unavailable_reason);
  json.key("extra").begin_object();
  for (const auto& [name, yaml] : database.extra)
    json.member(name, yaml);
  json.end_object().end_object();
}

std::string databases_json(std::span<const DatabaseInfo> databases) {
  JsonDocument json(false);
  json.begin_object().key("databases").begin_array();
  for (const DatabaseInfo& database : databases)
    write_database(json, database);
  return json.end_array().end_object().take();
}

std::string database_json(const DatabaseInfo& database) {
  JsonDocument json(false);
  write_database(json, database);
  return json.take();
}

std::string datasources_json(std::span<const DataSourceInfo> datasources,
                             std::span<const HealthReport> reports) {
  JsonDocument json(false);
  json.begin_object().key("datasources").begin_array();
  for (const DataSourceInfo& info : datasources)
    write_datasource(json, info, reports);
  return json.end_array().end_object().take();
}

std::string schema_json(const SchemaPage& page, SchemaDetail detail) {
  JsonDocument json(false);
  json.begin_object()
      .member("database", page.schema->database)
      .member("datasource", page.schema->datasource)
      .member("comment", page.schema->comment)
      .member("detail", to_string(detail))
      .member("found", static_cast<std::uint64_t>(page.found))
      .member("offset", static_cast<std::uint64_t>(page.offset));
  json.key("next_offset");
  if (page.next_offset) {
    json.value(static_cast<std::uint64_t>(*page.next_offset));
  } else {
    json.value(std::optional<std::int64_t>());
  }
  json.key("notice");
  if (page.notice.empty()) {
    json.value(std::optional<std::int64_t>());
  } else {
    json.value(page.notice);
  }
  json.key("tables").begin_array();
  for (const SchemaFinding& finding : page.tables)
    json.embedded(finding.written);
  json.end_array().key("matched_columns").begin_object();
  for (const SchemaFinding& finding : page.tables) {
    if (finding.matched_columns.empty()) continue;
    json.member(finding.table->name, std::span<const std::string>(finding.matched_columns));
  }
  return json.end_object().end_object().take();
}

std::string validation_json(const DatabaseValidation& validation) {
  JsonDocument json(false);
  json.begin_object().member("valid", validation.valid);
  json.key("datasource");
  if (validation.valid) {
    json.value(validation.datasource);
  } else {
    json.value(std::optional<std::int64_t>());
  }
  json.key("error");
  if (validation.error.empty()) {
    json.value(std::optional<std::int64_t>());
  } else {
    json.value(validation.error);
  }
  json.key("code");
  if (validation.code) {
    json.value(to_string(*validation.code));
  } else {
    json.value(std::optional<std::int64_t>());
  }
  json.key("database_sources").begin_array();
  for (const auto& [database, datasource] : validation.database_sources)
    json.begin_object().member("database", database).member("datasource", datasource).end_object();
  return json.end_array().end_object().take();
}

std::string plan_json(const Plan& plan) {
  JsonDocument json(false);
  const bool is_json = plan.format == PlanFormat::json;
  json.begin_object()
      .member("database", plan.database)
      .member("datasource", plan.datasource)
      .member("format", is_json ? "json" : "text")
      .key("plan");
  if (is_json) {
    json.embedded(plan.plan);
  } else {
    json.value(plan.plan);
  }
  return json.end_object().take();
}

std::string readiness_json(bool ready, std::span<const DataSourceInfo> datasources) {
  JsonDocument json(false);
  json.begin_object().member("status", ready ? "ready" : "unavailable").key("datasources").begin_object();
  for (const DataSourceInfo& info : datasources)
    json.member(info.name, to_string(info.state));
  return json.end_object().end_object().take();
}

}  // namespace penstock::server
