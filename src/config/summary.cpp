#include "config/summary.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/keys.hpp"

namespace penstock::config {

namespace {

constexpr std::string_view kSection = "data_sources";

class SummaryReader {
 public:
  SummaryReader(std::span<const DatasourceReading> datasources, ValueReader& reader)
      : datasources_(datasources), reader_(reader) {
    for (const DatasourceReading& reading : datasources)
      datasource_names_.push_back(reading.config.name);
  }

  void read(const Node& item) {
    if (item.kind != NodeKind::map) {
      add(item.place, fmt::format("an entry of `{}` must be a map with `id` and `datasource`, found {}",
                                  kSection, describe(item.kind)));
      return;
    }
    DatabaseSummary summary;
    std::optional<Text> id;
    std::optional<Text> datasource;
    for (const Entry& entry : item.entries) {
      if (entry.key == "id") {
        id = text(entry);
      } else if (entry.key == "datasource") {
        datasource = text(entry);
      } else if (entry.key == "name") {
        summary.name = text(entry).value_or(Text{}).value;
      } else if (entry.key == "description") {
        summary.description = text(entry).value_or(Text{}).value;
      } else {
        summary.extra.emplace_back(entry.key, to_yaml(*entry.value));
      }
    }
    require(item, "id", "the logical database that the entry is about");
    require(item, "datasource", "the datasource of datasources.yaml that holds the logical database");
    if (datasource) check_datasource(*datasource, id);
    if (id) keep(*id, std::move(summary));
  }

  std::map<std::string, DatabaseSummary, std::less<>> take() { return std::move(summaries_); }

 private:
  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  std::optional<Text> text(const Entry& entry) {
    return reader_.clean_text(*entry.value, entry.key, "a text");
  }

  void require(const Node& item, std::string_view key, std::string_view meaning) {
    if (item.find(key) == nullptr) {
      add(item.place, fmt::format("an entry of `{}` needs `{}`: {}", kSection, key, meaning));
    }
  }

  void check_datasource(const Text& name, const std::optional<Text>& id) {
    if (datasources_.empty()) return;
    const auto found = std::ranges::find_if(
        datasources_, [&](const DatasourceReading& reading) { return reading.config.name == name.value; });
    if (found == datasources_.end()) {
      const bool is_shown = name.variables.empty() && !reader_.problems().full();
      std::string hint = is_shown ? did_you_mean(name.value, datasource_names_) : std::string();
      reader_.refuse(name, "datasource", "must be a datasource of datasources.yaml", Showing::allowed, hint);
    } else if (id && found->databases_known) {
      check_listed(*id, *found);
    }
  }

  void check_listed(const Text& id, const DatasourceReading& datasource) {
    const auto lists = [&](const DatasourceReading& reading) {
      return std::ranges::find(reading.config.databases, id.value, &LogicalDatabase::name) !=
             reading.config.databases.end();
    };
    if (lists(datasource)) return;
    const std::string must = fmt::format("must be one of the `databases` of the datasource {}",
                                         in_backticks(datasource.config.name));
    reader_.refuse(id, "id", must, Showing::allowed, where_listed(id, datasource, lists));
  }

  template <typename Lists>
  std::string where_listed(const Text& id, const DatasourceReading& datasource, const Lists& lists) {
    if (!id.variables.empty() || reader_.problems().full()) return {};
    const auto owner = std::ranges::find_if(datasources_, lists);
    if (owner != datasources_.end()) {
      return fmt::format("; {} lists it: is that the `datasource` you mean?",
                         in_backticks(owner->config.name));
    }
    std::vector<std::string> names;
    for (const LogicalDatabase& database : datasource.config.databases)
      names.push_back(database.name);
    return did_you_mean(id.value, names);
  }

  void keep(const Text& id, DatabaseSummary summary) {
    summary.id = id.value;
    if (summary.name.empty()) summary.name = id.value;
    const auto [first, is_new] = places_.try_emplace(id.value, id.place);
    if (is_new) {
      summaries_.emplace(id.value, std::move(summary));
    } else {
      reader_.refuse(id, "id",
                     fmt::format("must be unique; the first of its kind is on line {}", first->second.line),
                     Showing::allowed);
    }
  }

  std::span<const DatasourceReading> datasources_;
  ValueReader& reader_;
  std::vector<std::string> datasource_names_;
  std::map<std::string, Place> places_;
  std::map<std::string, DatabaseSummary, std::less<>> summaries_;
};

}  // namespace

std::map<std::string, DatabaseSummary, std::less<>> read_summary(
    const Node& root, std::span<const DatasourceReading> datasources, ValueReader& reader) {
  const Entry* section = find_section(root, kSection, reader.problems());
  if (section == nullptr) return {};
  if (section->value->kind != NodeKind::list) {
    reader.problems().add(section->value->place,
                          fmt::format("`{}` must be a list of logical databases, found {}", kSection,
                                      describe(section->value->kind)));
    return {};
  }
  SummaryReader summary(datasources, reader);
  for (const Node* item : section->value->items)
    summary.read(*item);
  return summary.take();
}

}  // namespace penstock::config
