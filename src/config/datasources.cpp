#include "config/datasources.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "config/connection.hpp"
#include "config/datasource_keys.hpp"
#include "config/identities.hpp"
#include "config/keys.hpp"
#include "config/masks.hpp"
#include "core/ascii_case.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxPhysicalNameBytes = 255;

// A name that is taken, by which spelling, and by whom.
struct Taken {
  std::string name;
  std::string datasource;
  Place place;
};

using TakenNames = std::map<std::string, Taken, std::less<>>;  // by the name in small letters

class DatasourceReader {
 public:
  DatasourceReader(std::span<const TypeSpec> types, TakenNames& taken_databases, ValueReader& reader)
      : types_(types), taken_databases_(taken_databases), reader_(reader) {}

  DatasourceReading read(const Entry& entry) {
    config_.name = entry.key;
    if (!is_valid_name(entry.key)) add(entry.place, fmt::format("the name of a datasource {}", kNameRule));
    if (entry.value->kind != NodeKind::map) {
      add(entry.value->place,
          fmt::format("the datasource {} must be a map with the key `type` and others, found {}",
                      in_backticks(entry.key), describe(entry.value->kind)));
      return {config_, false};
    }
    const Node& map = *entry.value;
    const TypeSpec* type = read_type(map, entry.place);
    read_plain_keys(map);
    read_limits(map);
    reader_.tolerate_unset_variables(!config_.enabled);
    read_connection(map.find("connection"), type, entry.place, config_, given_, reader_);
    reader_.tolerate_unset_variables(false);
    read_identities(map, type, config_, reader_);
    check_pool(entry.place);
    const bool databases_known = read_databases(map, type, entry.place);
    reader_.tolerate_unset_variables(!config_.enabled);
    read_masks(map, type, config_, reader_);
    reader_.tolerate_unset_variables(false);
    if (type != nullptr && type->check) report_problems_of(*type, entry);
    return {std::move(config_), databases_known};
  }

 private:
  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  const TypeSpec* read_type(const Node& map, Place place) {
    std::vector<std::string> names;
    for (const TypeSpec& type : types_)
      names.push_back(type.name);
    const Entry* entry = map.find("type");
    if (entry == nullptr) {
      add(place, fmt::format("`type` is missing; the types are {}", listed(names)));
      return nullptr;
    }
    const auto text = reader_.clean_text(*entry->value, "type", fmt::format("one of {}", listed(names)));
    if (!text) return nullptr;
    const auto answers = [&](const TypeSpec& type) {
      const auto is_wanted = [&](std::string_view name) { return equal_ignoring_case(name, text->value); };
      return is_wanted(type.name) || std::ranges::any_of(type.aliases, is_wanted);
    };
    const auto found = std::ranges::find_if(types_, answers);
    if (found == types_.end()) {
      const bool is_shown = text->variables.empty();
      const std::string hint = is_shown ? did_you_mean(text->value, names) : std::string();
      reader_.refuse(*text, "type", fmt::format("must be one of {}", listed(names)), Showing::allowed, hint);
      return nullptr;
    }
    config_.type = found->name;
    return &*found;
  }

  // Everything but the keys that have readers of their own.
  void read_plain_keys(const Node& map) {
    constexpr std::array<std::string_view, 9> kOwnReaders{"type",   "connection",  "databases",
                                                          "limits", "roles",       "settings",
                                                          "mask",   "mask_secret", "mask_secret_file"};
    for (const Entry& entry : map.entries) {
      if (std::ranges::find(kOwnReaders, entry.key) != kOwnReaders.end()) continue;
      if (const DatasourceKey* key = find_key(plain_keys(), entry.key)) {
        if (const auto value = reader_.setting(*entry.value, key->spec)) key->assign(config_, *value);
      } else if (!read_session_key(entry, config_, given_, reader_)) {
        std::vector<std::string> known(kOwnReaders.begin(), kOwnReaders.end());
        std::ranges::copy(names_of(plain_keys()), std::back_inserter(known));
        std::ranges::copy(names_of(session_keys()), std::back_inserter(known));
        report_unknown_key(entry, "a datasource", known, reader_.problems());
      }
    }
  }

  static std::vector<std::string> names_of(std::span<const DatasourceKey> keys) {
    std::vector<std::string> names;
    for (const DatasourceKey& key : keys)
      names.push_back(key.spec.name);
    return names;
  }

  void read_limits(const Node& map) {
    const Entry* limits = map.find("limits");
    if (limits == nullptr) return;
    if (limits->value->kind != NodeKind::map) {
      add(limits->value->place, fmt::format("`limits` must be a map with {}, found {}",
                                            listed(names_of(limit_keys())), describe(limits->value->kind)));
      return;
    }
    for (const Entry& entry : limits->value->entries) {
      if (const DatasourceKey* key = find_key(limit_keys(), entry.key)) {
        if (const auto value = reader_.setting(*entry.value, key->spec)) key->assign(config_, *value);
      } else {
        report_unknown_key(entry, "`limits`", names_of(limit_keys()), reader_.problems());
      }
    }
  }

  void check_pool(Place place) {
    const PoolOptions& pool = config_.pool;
    if (pool.min_pool_size <= pool.max_pool_size) return;
    const auto min = given_.find("min_pool_size");
    const auto max = given_.find("max_pool_size");
    const auto source = [&](GivenKeys::iterator found) {
      return found == given_.end() ? " (its default)" : "";
    };
    const Place where = min != given_.end() ? min->second : max != given_.end() ? max->second : place;
    add(where, fmt::format("`min_pool_size` is {}{}, more than `max_pool_size`, which is {}{}",
                           pool.min_pool_size, source(min), pool.max_pool_size, source(max)));
  }

  void report_problems_of(const TypeSpec& type, const Entry& entry) {
    for (SettingProblem& problem : type.check(config_))
      add(place_of(problem.key, type, entry), std::move(problem.message));
  }

  // Of the deepest part of the key that the file has.
  [[nodiscard]] Place place_of(std::span<const std::string> key, const TypeSpec& type,
                               const Entry& entry) const {
    Place place = entry.place;
    const Node* node = entry.value;
    if (key.size() > 1 && key.front() == "databases") {
      const auto database = database_nodes_.find(key[1]);
      if (database == database_nodes_.end()) return place;
      node = database->second;
      place = node->place;
      key = key.subspan(2);
    }
    for (const std::string& part : key) {
      const Entry* next = node->find(part);
      if (next == nullptr && part == type.physical_key) next = node->find("schema");
      if (next == nullptr) return place;
      place = next->place;
      node = next->value;
    }
    return place;
  }

  bool read_databases(const Node& map, const TypeSpec* type, Place place) {
    const Entry* entry = map.find("databases");
    if (entry == nullptr || entry->value->kind == NodeKind::null) {
      add(entry == nullptr ? place : entry->place,
          fmt::format("the datasource {} has no `databases`: list the logical databases that it holds",
                      in_backticks(config_.name)));
      return false;
    }
    const Node& list = *entry->value;
    if (list.kind != NodeKind::list) {
      add(list.place,
          fmt::format("`databases` must be a list of logical databases, found {}", describe(list.kind)));
      return false;
    }
    if (list.items.empty()) {
      add(list.place, "`databases` is empty: list the logical databases that the datasource holds");
      return false;
    }
    bool all_known = true;
    for (const Node* item : list.items) {
      const bool is_known =
          item->kind == NodeKind::map ? read_mapped_database(*item, type) : read_database(*item);
      all_known = all_known && is_known;
    }
    return all_known;
  }

  bool read_database(const Node& node) {
    const auto name = read_name(node, "a logical database");
    if (!name) return false;
    keep({*name, *name}, node);
    return true;
  }

  // `{name: customer_db, schema: customers_v2}`; the type's own word for "schema" is as good.
  bool read_mapped_database(const Node& map, const TypeSpec* type) {
    std::vector<std::string> known{"name", "schema"};
    if (type != nullptr && !type->physical_key.empty() && type->physical_key != "schema") {
      known.push_back(type->physical_key);
    }
    std::optional<std::string> name;
    std::optional<std::string> physical;
    const Entry* physical_entry = nullptr;
    for (const Entry& entry : map.entries) {
      if (entry.key == "name") {
        name = read_name(*entry.value, "name");
      } else if (std::ranges::find(known, entry.key) == known.end()) {
        // Without the type, its word is not known either.
        if (type != nullptr) report_unknown_key(entry, "a logical database", known, reader_.problems());
      } else if (physical_entry != nullptr) {
        add(entry.place, fmt::format("{} and {} mean the same: keep one of them",
                                     in_backticks(physical_entry->key), in_backticks(entry.key)));
      } else {
        physical_entry = &entry;
        physical = read_physical_name(entry);
      }
    }
    if (map.find("name") == nullptr) add(map.place, "a logical database needs a `name`");
    if (!name) return false;
    keep({*name, physical.value_or(*name)}, map);
    return true;
  }

  std::optional<std::string> read_name(const Node& node, std::string_view label) {
    const auto text = reader_.clean_text(node, label, "a name");
    if (!text) return std::nullopt;
    if (is_valid_name(text->value)) return text->value;
    reader_.refuse(*text, label, kNameRule, Showing::allowed);
    return std::nullopt;
  }

  std::optional<std::string> read_physical_name(const Entry& entry) {
    const auto text = reader_.clean_text(*entry.value, entry.key, "a name");
    if (!text) return std::nullopt;
    if (!text->value.empty() && text->value.size() <= kMaxPhysicalNameBytes) return text->value;
    reader_.refuse(*text, entry.key, fmt::format("must be 1 to {} bytes long", kMaxPhysicalNameBytes),
                   Showing::allowed);
    return std::nullopt;
  }

  void keep(LogicalDatabase database, const Node& node) {
    const Place place = node.place;
    const auto [first, is_new] =
        taken_databases_.try_emplace(ascii_lower(database.name), Taken{database.name, config_.name, place});
    if (is_new) {
      database_nodes_.emplace(database.name, &node);
      return config_.databases.push_back(std::move(database));
    }
    const Taken& other = first->second;
    if (other.name != database.name) {
      add(place, fmt::format("{} differs only by case from {} of the datasource {} on line {}",
                             in_backticks(database.name), in_backticks(other.name),
                             in_backticks(other.datasource), other.place.line));
    } else if (other.datasource == config_.name) {
      add(place, fmt::format("{} is listed twice; the first is on line {}", in_backticks(database.name),
                             other.place.line));
    } else {
      add(place,
          fmt::format("{} belongs to the datasource {} already (line {}); a logical database lives in one "
                      "datasource",
                      in_backticks(database.name), in_backticks(other.datasource), other.place.line));
    }
  }

  std::span<const TypeSpec> types_;
  TakenNames& taken_databases_;
  ValueReader& reader_;
  DataSourceConfig config_;
  GivenKeys given_;
  std::map<std::string, const Node*, std::less<>> database_nodes_;  // by the logical name
};

}  // namespace

std::vector<DatasourceReading> read_datasources(const Node& root, std::span<const TypeSpec> types,
                                                ValueReader& reader) {
  const Entry* section = find_section(root, "datasources", reader.problems());
  if (section == nullptr) return {};
  if (section->value->kind != NodeKind::map || section->value->entries.empty()) {
    reader.problems().add(
        section->place,
        fmt::format("`datasources` must be a map from names to datasources, found {}",
                    section->value->kind == NodeKind::map ? "an empty one" : describe(section->value->kind)));
    return {};
  }
  std::vector<DatasourceReading> readings;
  TakenNames taken_datasources;
  TakenNames taken_databases;
  for (const Entry& entry : section->value->entries) {
    const auto [first, is_new] =
        taken_datasources.try_emplace(ascii_lower(entry.key), Taken{entry.key, entry.key, entry.place});
    if (!is_new) {
      reader.problems().add(
          entry.place,
          fmt::format("the datasource {} differs only by case from {} on line {}", in_backticks(entry.key),
                      in_backticks(first->second.name), first->second.place.line));
    }
    readings.push_back(DatasourceReader(types, taken_databases, reader).read(entry));
  }
  return readings;
}

}  // namespace penstock::config
