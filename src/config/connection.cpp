#include "config/connection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/datasource_keys.hpp"
#include "config/keys.hpp"

namespace penstock::config {

namespace {

constexpr std::string_view kFileSuffix = "_file";

class ConnectionReader {
 public:
  ConnectionReader(const TypeSpec& type, DataSourceConfig& config, GivenKeys& given, ValueReader& reader)
      : type_(type), config_(config), given_(given), reader_(reader) {}

  void read(const Node& map) {
    for (const Entry& entry : map.entries) {
      if (read_session_key(entry, config_, given_, reader_)) continue;
      if (const SettingSpec* spec = find_spec(entry.key)) {
        read_setting(entry, *spec);
      } else if (const SettingSpec* secret = find_secret_of_file(entry.key)) {
        read_secret_file(entry, *secret, map);
      } else {
        report_unknown_key(entry, fmt::format("the connection of a {} datasource", in_backticks(type_.name)),
                           known_keys(), reader_.problems());
      }
    }
  }

  // `place` is where a required setting should stand.
  void complete(const Node* map, Place place) {
    for (const SettingSpec& spec : type_.connection) {
      if (is_given(map, spec)) continue;
      if (spec.required) {
        reader_.problems().add(
            place, fmt::format("{} is required in the connection of a {} datasource: {}",
                               in_backticks(spec.name), in_backticks(type_.name), describe(spec)));
      } else if (!spec.default_text.empty()) {
        fill_in_default(spec, place);
      }
    }
  }

 private:
  static bool is_given(const Node* map, const SettingSpec& spec) {
    if (map == nullptr) return false;
    if (map->find(spec.name) != nullptr) return true;
    return spec.kind == SettingKind::secret && map->find(spec.name + std::string(kFileSuffix)) != nullptr;
  }

  [[nodiscard]] const SettingSpec* find_spec(std::string_view name) const {
    const auto found = std::ranges::find(type_.connection, name, &SettingSpec::name);
    return found == type_.connection.end() ? nullptr : &*found;
  }

  // The secret K of a key K_file.
  [[nodiscard]] const SettingSpec* find_secret_of_file(std::string_view key) const {
    if (!key.ends_with(kFileSuffix)) return nullptr;
    const SettingSpec* spec = find_spec(key.substr(0, key.size() - kFileSuffix.size()));
    return spec != nullptr && spec->kind == SettingKind::secret ? spec : nullptr;
  }

  void read_setting(const Entry& entry, const SettingSpec& spec) {
    if (auto value = reader_.setting(*entry.value, spec))
      config_.connection.set(spec.name, *std::move(value));
  }

  void read_secret_file(const Entry& entry, const SettingSpec& spec, const Node& map) {
    if (map.find(spec.name) != nullptr) {
      reader_.problems().add(entry.place, fmt::format("{} and {} are both given: keep one of them",
                                                      in_backticks(spec.name), in_backticks(entry.key)));
      return;
    }
    if (auto secret = reader_.secret_from_file(*entry.value, entry.key)) {
      config_.connection.set(spec.name, *std::move(secret));
    }
  }

  void fill_in_default(const SettingSpec& spec, Place place) {
    auto value = convert(spec, spec.default_text, reader_.directory());
    if (value) return config_.connection.set(spec.name, *std::move(value));
    reader_.problems().add(place,
                           fmt::format("the type {} has a wrong default for {}, which {}: tell its author",
                                       in_backticks(type_.name), in_backticks(spec.name), value.error()));
  }

  [[nodiscard]] std::vector<std::string> known_keys() const {
    std::vector<std::string> names;
    for (const SettingSpec& spec : type_.connection) {
      names.push_back(spec.name);
      if (spec.kind == SettingKind::secret) names.push_back(spec.name + std::string(kFileSuffix));
    }
    for (const DatasourceKey& key : session_keys())
      names.push_back(key.spec.name);
    return names;
  }

  const TypeSpec& type_;
  DataSourceConfig& config_;
  GivenKeys& given_;
  ValueReader& reader_;
};

// The type is a mistake already; the session keys and the placeholders can be checked all the same.
void read_unknown_connection(const Node& map, DataSourceConfig& config, GivenKeys& given,
                             ValueReader& reader) {
  for (const Entry& entry : map.entries) {
    if (read_session_key(entry, config, given, reader)) continue;
    if (entry.value->kind == NodeKind::scalar)
      static_cast<void>(reader.text(*entry.value, entry.key, "a text"));
  }
}

}  // namespace

bool read_session_key(const Entry& entry, DataSourceConfig& config, GivenKeys& given, ValueReader& reader) {
  const DatasourceKey* key = find_key(session_keys(), entry.key);
  if (key == nullptr) return false;
  const auto [first, is_new] = given.try_emplace(entry.key, entry.place);
  if (!is_new) {
    reader.problems().add(entry.place,
                          fmt::format("{} is given twice for this datasource; the first is on line {}",
                                      in_backticks(entry.key), first->second.line));
    return true;
  }
  if (const auto value = reader.setting(*entry.value, key->spec)) key->assign(config, *value);
  return true;
}

void read_connection(const Entry* entry, const TypeSpec* type, Place place, DataSourceConfig& config,
                     GivenKeys& given, ValueReader& reader) {
  const Node* map = entry == nullptr || entry->value->kind == NodeKind::null ? nullptr : entry->value;
  if (map != nullptr && map->kind != NodeKind::map) {
    reader.problems().add(
        map->place, fmt::format("`connection` must be a map of settings, found {}", describe(map->kind)));
    return;
  }
  if (type == nullptr) {
    if (map != nullptr) read_unknown_connection(*map, config, given, reader);
    return;
  }
  ConnectionReader connection(*type, config, given, reader);
  if (map != nullptr) connection.read(*map);
  connection.complete(map, entry == nullptr ? place : entry->place);
}

}  // namespace penstock::config
