#include "conformance/engine.hpp"

#include <cstdlib>
#include <stdexcept>

namespace penstock::conformance {

namespace {

// A test asked for what the engine's quirks should have excluded.
[[noreturn]] void not_described(std::string_view what) {
  throw std::logic_error("the engine neither offers nor excludes " + std::string(what));
}

}  // namespace

std::string_view to_string(Feature feature) noexcept {
  switch (feature) {
    case Feature::writes:
      return "writes";
    case Feature::constraints:
      return "constraints";
    case Feature::expressions:
      return "expressions";
    case Feature::named_parameters:
      return "named_parameters";
    case Feature::null_parameters:
      return "null_parameters";
    case Feature::comments_in_sql:
      return "comments_in_sql";
    case Feature::views:
      return "views";
    case Feature::primary_keys:
      return "primary_keys";
    case Feature::foreign_keys:
      return "foreign_keys";
    case Feature::indexes:
      return "indexes";
    case Feature::column_defaults:
      return "column_defaults";
    case Feature::declared_columns:
      return "declared_columns";
    case Feature::not_null:
      return "not_null";
    case Feature::comments:
      return "comments";
    case Feature::joins:
      return "joins";
    case Feature::sorting:
      return "sorting";
    case Feature::invalid_text:
      return "invalid_text";
    case Feature::counted_connections:
      return "counted_connections";
    case Feature::permissions:
      return "permissions";
    case Feature::sessions:
      return "sessions";
  }
  return "unknown";
}

void Deployment::create_view(std::string_view, std::string_view, std::string_view) {
  not_described("views");
}
void Deployment::create_invalid_text(std::string_view, std::string_view, std::int64_t) {
  not_described("invalid_text");
}
std::int64_t Deployment::open_connections() {
  not_described("counted_connections");
}
std::vector<std::pair<std::string, std::string>> Deployment::connection_without(std::string_view,
                                                                                std::string_view) {
  not_described("permissions");
}
void Deployment::end_sessions() {
  not_described("sessions");
}
void Deployment::crash() {
  not_described("sessions");
}

std::string Language::rows_sorted(std::string_view, std::string_view) const {
  not_described("sorting");
}
std::string Language::rows_equal_named(std::string_view, std::string_view, std::string_view) const {
  not_described("named_parameters");
}
std::string Language::join(std::string_view, std::string_view, std::string_view, std::string_view) const {
  not_described("joins");
}
std::string Language::insert(std::string_view, std::size_t) const {
  not_described("writes");
}
std::string Language::commented(std::string_view) const {
  not_described("comments_in_sql");
}
std::string Language::echo() const {
  not_described("expressions");
}

void PrintTo(const EngineRef& ref, std::ostream* out) {
  *out << ref->name;
}

std::vector<EngineRef> engine_refs() {
  std::vector<EngineRef> refs;
  const bool all = std::getenv("CI") != nullptr;  // NOLINT(concurrency-mt-unsafe): nobody sets it
  for (const Engine& engine : engines()) {
    if (all || engine.missing.empty()) refs.push_back({&engine});
  }
  return refs;
}

}  // namespace penstock::conformance
