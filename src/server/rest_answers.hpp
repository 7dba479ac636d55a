// The JSON that the endpoints beside queries answer with, and how an exchange is told of a failure.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/manager.hpp"

#include "formats/json_document.hpp"
#include "server/exchange.hpp"
#include "server/explain.hpp"
#include "server/schema_search.hpp"

namespace penstock::server {

/// Answers with problem details. `status`: of a failure of HTTP itself, such as 405.
void respond_problem(Exchange& exchange, const Error& error, std::optional<int> status = std::nullopt,
                     std::vector<HttpHeader> headers = {});
void respond_json(Exchange& exchange, std::string body, int status = 200);

/// One of them, as part of a larger document; the command lists them in the same form.
void write_database(JsonDocument& json, const DatabaseInfo& database);
[[nodiscard]] std::string databases_json(std::span<const DatabaseInfo> databases);
[[nodiscard]] std::string database_json(const DatabaseInfo& database);
/// `reports`: what the nodes said when they were asked; none when nobody asked them.
[[nodiscard]] std::string datasources_json(std::span<const DataSourceInfo> datasources,
                                           std::span<const HealthReport> reports);
[[nodiscard]] std::string schema_json(const SchemaPage& page, SchemaDetail detail);
[[nodiscard]] std::string validation_json(const DatabaseValidation& validation);
[[nodiscard]] std::string plan_json(const Plan& plan);
[[nodiscard]] std::string readiness_json(bool ready, std::span<const DataSourceInfo> datasources);

}  // namespace penstock::server
