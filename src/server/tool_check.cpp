#include "server/tool_check.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/configuration.hpp"
#include "config/file.hpp"
#include "config/sources.hpp"
#include "config/yaml.hpp"

namespace penstock::server {

namespace {

/// Where tools.yaml has the statements of its tools; read again, as this is for mistakes alone.
class StatementPlaces {
 public:
  explicit StatementPlaces(const std::filesystem::path& file) : ignored_(file) {
    if (const auto text = config::read_file(file, config::kMaxFileBytes))
      document_ = config::Document::read(config::without_bom(*text), ignored_);
  }

  [[nodiscard]] config::Place of(std::string_view tool) const {
    const config::Entry* tools = document_ ? document_->root().find("tools") : nullptr;
    if (tools == nullptr) return {};
    for (const config::Node* item : tools->value->items) {
      const config::Entry* name = item->find("name");
      const config::Entry* statement = item->find("statement");
      if (name != nullptr && statement != nullptr && name->value->text == tool)
        return statement->value->place;
    }
    return {};
  }

 private:
  config::FileProblems ignored_;
  std::optional<config::Document> document_;
};

}  // namespace

Result<void> check_tools(std::span<const config::ToolConfig> tools, const std::filesystem::path& folder,
                         const DataSourceManager& manager) {
  const std::filesystem::path file = folder / "tools.yaml";
  std::optional<StatementPlaces> places;
  std::string mistakes;
  for (const config::ToolConfig& tool : tools) {
    const auto checked = manager.check_statement(tool.statement, tool.database);
    if (checked || checked.error().code == ErrorCode::unavailable ||
        checked.error().code == ErrorCode::unsupported) {
      continue;
    }
    if (!places) places.emplace(file);
    const config::Place place = places->of(tool.name);
    config::Problem problem{{file, place.line, place.column},
                            fmt::format("the statement of tool {} cannot run: {}",
                                        config::in_backticks(tool.name), checked.error().message)};
    if (!checked.error().hint.empty()) problem.message += "; " + checked.error().hint;
    mistakes += (mistakes.empty() ? "" : "\n") + problem.to_string();
  }
  if (mistakes.empty()) return {};
  return fail(ErrorCode::invalid_argument, std::move(mistakes));
}

}  // namespace penstock::server
