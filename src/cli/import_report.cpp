#include "cli/import_report.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/printable.hpp"
#include "cli/quantity_text.hpp"
#include "formats/json_document.hpp"

namespace penstock::cli {

namespace {

using importers::Finding;

std::string_view word_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::lost:
      return "not carried over";
    case Finding::Kind::replaced:
      return "replaced";
    case Finding::Kind::changed:
      return "changed";
  }
  return "";
}

std::string place_of(const ImportReport& report, const Finding& finding) {
  if (report.file.empty() || finding.where.line == 0) return report.file.empty() ? "" : report.file + ": ";
  return fmt::format("{}:{}:{}: ", report.file, finding.where.line, finding.where.column);
}

std::string line_of(const ImportReport& report, const Finding& finding) {
  const std::string_view between = finding.kind == Finding::Kind::replaced ? " by " : ": ";
  std::string line = fmt::format("{}{} {}{}{}", place_of(report, finding), finding.what,
                                 word_of(finding.kind), between, finding.why);
  if (!finding.instead.empty()) line += "; " + finding.instead;
  return line;
}

void write_findings(JsonDocument& json, std::string_view name, Finding::Kind kind,
                    const std::vector<Finding>& findings) {
  json.key(name).begin_array();
  for (const Finding& finding : findings) {
    if (finding.kind != kind) continue;
    json.begin_object()
        .member("line", std::int64_t{finding.where.line})
        .member("column", std::int64_t{finding.where.column})
        .member("what", finding.what)
        .member(kind == Finding::Kind::replaced ? "by" : "why", finding.why);
    if (!finding.instead.empty()) json.member("instead", finding.instead);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

bool ImportReport::has_losses() const {
  return std::ranges::find(imported.findings, Finding::Kind::lost, &Finding::kind) != imported.findings.end();
}

std::string ImportReport::as_text() const {
  std::string text;
  for (const std::string& path : written)
    text += fmt::format("wrote {}\n", printable(path));
  return text;
}

std::string ImportReport::as_json(bool pretty) const {
  JsonDocument json(pretty);
  std::vector<std::string> secrets;
  for (const auto& [name, value] : imported.secrets)
    secrets.push_back(name);
  json.begin_object()
      .member("success", !has_losses())
      .member("files", std::span<const std::string>(written))
      .member("sources", std::span<const std::string>(imported.sources))
      .member("tools", std::span<const std::string>(imported.tools))
      .member("variables", std::span<const std::string>(imported.variables))
      .member("secrets", std::span<const std::string>(secrets));
  write_findings(json, "not_carried_over", Finding::Kind::lost, imported.findings);
  write_findings(json, "replaced", Finding::Kind::replaced, imported.findings);
  write_findings(json, "changed", Finding::Kind::changed, imported.findings);
  return json.end_object().take();
}

void ImportReport::tell(const Console& console) const {
  for (const Finding& finding : imported.findings) {
    if (finding.kind == Finding::Kind::lost)
      console.warning(line_of(*this, finding));
    else
      console.note(line_of(*this, finding));
  }
  if (imported.sources.empty()) return;
  console.note(fmt::format("{} and {} carried over",
                           counted(static_cast<std::int64_t>(imported.sources.size()), "source"),
                           counted(static_cast<std::int64_t>(imported.tools.size()), "tool")));
  if (!imported.secrets.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : imported.secrets)
      names.push_back(name);
    console.note(
        fmt::format("secrets that stood in the file are variables now, with their values in .env, "
                    "which its owner alone can read: {}; keep it out of version control",
                    fmt::join(names, ", ")));
  }
  if (!imported.variables.empty())
    console.note(fmt::format("set these variables: {}", fmt::join(imported.variables, ", ")));
  if (!written.empty()) console.note(fmt::format("next: `penstock check --config {}`", folder));
}

}  // namespace penstock::cli
