#include "config/masks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "config/keys.hpp"

namespace penstock::config {

namespace {

constexpr std::string_view kRules = "`null`, `hash`, `{partial: {first: 2, last: 4}}` or `{constant: text}`";
constexpr std::size_t kMaxNameBytes = 63;
constexpr std::size_t kMinSecretBytes = 16;
constexpr std::int64_t kMostKept = 1'000;

class MaskReader {
 public:
  MaskReader(DataSourceConfig& config, ValueReader& reader) : config_(config), reader_(reader) {}

  void read_secret(const Node& datasource) {
    const Entry* secret = datasource.find("mask_secret");
    const Entry* file = datasource.find("mask_secret_file");
    if (secret != nullptr && file != nullptr) {
      return add(file->place, "`mask_secret` and `mask_secret_file` are both given: keep one of them");
    }
    if (secret != nullptr) {
      const SettingSpec spec{.name = "mask_secret", .kind = SettingKind::secret, .description = {}};
      if (const auto value = reader_.setting(*secret->value, spec))
        config_.mask_secret = std::get<Secret>(*value);
    } else if (file != nullptr) {
      if (auto value = reader_.secret_from_file(*file->value, file->key))
        config_.mask_secret = *std::move(value);
    }
    if ((secret == nullptr && file == nullptr) || config_.mask_secret.reveal().size() >= kMinSecretBytes)
      return;
    if (reader_.tolerates_unset_variables() && config_.mask_secret.empty()) return;
    add((secret != nullptr ? secret : file)->place,
        fmt::format("`mask_secret` must have {} bytes or more, as whoever guesses it knows the hashed values",
                    kMinSecretBytes));
  }

  void read(const Entry& mask) {
    if (!is_map(*mask.value, "`mask` must be a map of logical databases")) return;
    for (const Entry& database : mask.value->entries)
      read_database(database);
    const bool hashes = std::ranges::any_of(config_.masks, [](const TableMask& table) {
      return std::ranges::find(table.columns, MaskRule::hash, &ColumnMask::rule) != table.columns.end();
    });
    if (hashes && config_.mask_secret.empty() && config_.enabled) {
      add(mask.place, "`mask` has a `hash`, so the datasource needs a `mask_secret` to hash with");
    }
  }

 private:
  void add(Place place, std::string message) { reader_.problems().add(place, std::move(message)); }

  bool is_map(const Node& node, std::string_view must) {
    if (node.kind == NodeKind::map) return true;
    add(node.place, fmt::format("{}, found {}", must, describe(node.kind)));
    return false;
  }

  void read_database(const Entry& database) {
    if (std::ranges::find(config_.databases, database.key, &LogicalDatabase::name) ==
        config_.databases.end()) {
      return add(database.place,
                 fmt::format("{} is none of the datasource's `databases`", in_backticks(database.key)));
    }
    if (!is_map(*database.value, "a database of `mask` must be a map of tables")) return;
    for (const Entry& table : database.value->entries) {
      if (!is_name(table)) continue;
      if (!is_map(*table.value, "a table of `mask` must be a map of columns, `{}` for none")) continue;
      TableMask mask{.database = database.key, .table = table.key, .columns = {}};
      for (const Entry& column : table.value->entries) {
        if (is_name(column)) read_column(column, mask);
      }
      config_.masks.push_back(std::move(mask));
    }
  }

  bool is_name(const Entry& entry) {
    if (!entry.key.empty() && entry.key.size() <= kMaxNameBytes && !entry.key.starts_with("pg_")) return true;
    add(entry.place, fmt::format("{} is no name of 1 to {} bytes that does not begin with `pg_`",
                                 in_backticks(entry.key), kMaxNameBytes));
    return false;
  }

  void read_column(const Entry& column, TableMask& table) {
    ColumnMask mask{.column = column.key};
    const Node& rule = *column.value;
    const bool read = rule.kind == NodeKind::map ? read_map(rule, mask) : read_word(column, mask);
    if (read) table.columns.push_back(std::move(mask));
  }

  bool read_word(const Entry& column, ColumnMask& mask) {
    if (column.value->kind == NodeKind::null) return true;
    const auto text = reader_.clean_text(*column.value, column.key, kRules);
    if (!text) return false;
    if (text->value == "hash") mask.rule = MaskRule::hash;
    if (text->value == "hash" || text->value == "null") return true;
    reader_.refuse(*text, column.key, fmt::format("must be {}", kRules), Showing::allowed);
    return false;
  }

  bool read_map(const Node& rule, ColumnMask& mask) {
    if (rule.entries.size() == 1 && rule.entries.front().key == "constant") {
      const auto text = reader_.clean_text(*rule.entries.front().value, "constant", "a text");
      if (!text) return false;
      mask.rule = MaskRule::constant;
      mask.constant = text->value;
      return true;
    }
    if (rule.entries.size() == 1 && rule.entries.front().key == "partial") {
      mask.rule = MaskRule::partial;
      return read_partial(rule.entries.front(), mask);
    }
    add(rule.place, fmt::format("the mask of a column must be {}", kRules));
    return false;
  }

  bool read_partial(const Entry& partial, ColumnMask& mask) {
    if (!is_map(*partial.value, "`partial` must be a map with `first` and `last`")) return false;
    for (const Entry& entry : partial.value->entries) {
      const std::array<std::string, 2> known{"first", "last"};
      if (std::ranges::find(known, entry.key) == known.end()) {
        report_unknown_key(entry, "`partial`", known, reader_.problems());
        return false;
      }
      const SettingSpec spec{
          .name = entry.key, .kind = SettingKind::integer, .description = {}, .min = 0, .max = kMostKept};
      const auto value = reader_.setting(*entry.value, spec);
      if (!value) return false;
      (entry.key == "first" ? mask.first : mask.last) = std::get<std::int64_t>(*value);
    }
    return true;
  }

  DataSourceConfig& config_;
  ValueReader& reader_;
};

}  // namespace

void read_masks(const Node& datasource, const TypeSpec* type, DataSourceConfig& config, ValueReader& reader) {
  const Entry* mask = datasource.find("mask");
  if (type != nullptr && !type->takes_masks) {
    for (const char* key : {"mask", "mask_secret", "mask_secret_file"}) {
      const Entry* entry = datasource.find(key);
      if (entry == nullptr) continue;
      reader.problems().add(entry->place,
                            fmt::format("{} is not supported by datasources of the type {}: nothing "
                                        "would be masked",
                                        in_backticks(key), in_backticks(type->name)));
    }
    return;
  }
  MaskReader masks(config, reader);
  masks.read_secret(datasource);
  if (mask != nullptr) masks.read(*mask);
}

}  // namespace penstock::config
