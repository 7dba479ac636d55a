#include "conformance/support_table.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/engine.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

namespace {

constexpr std::string_view kBegin = "<!-- written by conformance_tests --write-support-table -->\n";
constexpr std::string_view kEnd = "<!-- end -->\n";

/// As people say it.
std::string_view in_words(Feature feature) noexcept {
  switch (feature) {
    case Feature::writes:
      return "writes, with `access: read_write`";
    case Feature::constraints:
      return "a write that breaks a key is refused";
    case Feature::expressions:
      return "computed columns, and statements without a table";
    case Feature::named_parameters:
      return "named parameters";
    case Feature::null_parameters:
      return "null as a parameter";
    case Feature::comments_in_sql:
      return "comments in statements";
    case Feature::views:
      return "views";
    case Feature::primary_keys:
      return "primary keys in the schema";
    case Feature::foreign_keys:
      return "foreign keys in the schema";
    case Feature::indexes:
      return "indexes in the schema";
    case Feature::column_defaults:
      return "defaults of columns in the schema";
    case Feature::declared_columns:
      return "a table has columns and types before its first row";
    case Feature::not_null:
      return "NOT NULL in the schema";
    case Feature::comments:
      return "comments on tables and columns";
    case Feature::joins:
      return "joins across logical databases of one datasource";
    case Feature::sorting:
      return "sorting";
    case Feature::permissions:
      return "users whose rights the engine knows: what they may not read is `forbidden`";
    case Feature::invalid_text:
    case Feature::counted_connections:
    case Feature::sessions:
      break;  // of the suite's means, and no matter of users
  }
  return {};
}

constexpr std::array kFeatures{
    Feature::writes,          Feature::constraints,      Feature::expressions, Feature::named_parameters,
    Feature::null_parameters, Feature::comments_in_sql,  Feature::views,       Feature::primary_keys,
    Feature::foreign_keys,    Feature::indexes,          Feature::not_null,    Feature::column_defaults,
    Feature::comments,        Feature::declared_columns, Feature::joins,       Feature::sorting,
    Feature::permissions,
};

std::vector<const Engine*> shown_engines() {
  std::vector<const Engine*> shown;
  for (const Engine& engine : engines()) {
    if (!engine.add_type) shown.push_back(&engine);
  }
  return shown;
}

/// The reasons below a table, each once.
class Notes {
 public:
  [[nodiscard]] std::string mark(std::string_view word, const Exclusion& exclusion) {
    // A page of ours is named from docs/.
    constexpr std::string_view kPages = "docs/";
    std::string link = exclusion.documentation;
    if (link.starts_with(kPages)) link.erase(0, kPages.size());
    std::string note = exclusion.reason + " ([source](" + link + "))";
    auto known = std::ranges::find(notes_, note);
    if (known == notes_.end()) known = notes_.insert(notes_.end(), std::move(note));
    return std::string(word) + " (" + std::to_string(known - notes_.begin() + 1) + ")";
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t i = 0; i < notes_.size(); ++i)
      text += std::to_string(i + 1) + ". " + notes_[i] + "\n";
    return text;
  }

 private:
  std::vector<std::string> notes_;
};

std::string yes(const Engine& engine, Feature feature, Notes& notes) {
  const auto found = engine.quirks.imitated.find(feature);
  return found == engine.quirks.imitated.end() ? "yes" : notes.mark("yes", found->second);
}

template <typename Key>
std::string yes(const Engine&, const Key&, Notes&) {
  return "yes";
}

template <typename Key>
std::string row(std::string_view name, const Key& key, auto Quirks::* without, Notes& notes) {
  std::string line = "| " + std::string(name) + " |";
  for (const Engine* engine : shown_engines()) {
    const auto& exclusions = engine->quirks.*without;
    const auto found = exclusions.find(key);
    line +=
        " " + (found == exclusions.end() ? yes(*engine, key, notes) : notes.mark("no", found->second)) + " |";
  }
  return line + "\n";
}

std::string heading(std::string_view first) {
  std::string names = "| " + std::string(first) + " |";
  std::string rule = "|---|";
  for (const Engine* engine : shown_engines()) {
    names += " `" + engine->type + "`" + (engine->variant.empty() ? "" : " " + engine->variant) + " |";
    rule += "---|";
  }
  return names + "\n" + rule + "\n";
}

std::vector<std::string> excluded_values() {
  std::vector<std::string> names;
  for (const Engine* engine : shown_engines()) {
    for (const auto& [name, exclusion] : engine->quirks.without_values)
      names.push_back(name);
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  return names;
}

std::vector<TypeId> value_types() {
  std::vector<TypeId> types;
  for (auto id = static_cast<int>(TypeId::boolean); id <= static_cast<int>(TypeId::list); ++id)
    types.push_back(static_cast<TypeId>(id));
  return types;
}

struct Place {
  std::string text;
  std::size_t begin = 0;
  std::size_t length = 0;
};

std::optional<Place> place_in(const std::filesystem::path& page) {
  Place place{.text = test::read_file(page)};
  const std::size_t begin = place.text.find(kBegin);
  if (begin == std::string::npos) return std::nullopt;
  place.begin = begin + kBegin.size();
  const std::size_t end = place.text.find(kEnd, place.begin);
  if (end == std::string::npos) return std::nullopt;
  place.length = end - place.begin;
  return place;
}

}  // namespace

std::string support_table() {
  Notes notes;
  std::string text = "\n" + heading("");
  for (const Feature feature : kFeatures)
    text += row(in_words(feature), feature, &Quirks::without, notes);
  text += "\n" + heading("values of type");
  for (const TypeId type : value_types())
    text += row("`" + std::string(to_string(type)) + "`", type, &Quirks::without_types, notes);
  text += "\n" + heading("extremes that not all keep");
  for (const std::string& name : excluded_values())
    text += row("`" + name + "`", name, &Quirks::without_values, notes);
  return text + "\n" + notes.text() + "\n";
}

std::string support_table_of(const std::filesystem::path& page) {
  const auto place = place_in(page);
  return place ? place->text.substr(place->begin, place->length) : std::string();
}

bool write_support_table(const std::filesystem::path& page) {
  auto place = place_in(page);
  if (!place) return false;
  place->text.replace(place->begin, place->length, support_table());
  std::ofstream file(page, std::ios::trunc);
  file << place->text;
  return static_cast<bool>(file.flush());
}

}  // namespace penstock::conformance
