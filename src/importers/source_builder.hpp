// Sources of other systems as datasources of ours, key by key.
#pragma once

#include <span>
#include <string_view>

#include "config/yaml.hpp"
#include "importers/plan.hpp"

namespace penstock::importers {

/// One source. What a type of ours does not take is noted as lost.
class SourceBuilder {
 public:
  /// `spec` outlives the plan.
  SourceBuilder(Plan& plan, std::string_view name, config::Place place, const TypeSpec& spec);

  [[nodiscard]] const TypeSpec& spec() const noexcept { return *source_.type; }
  [[nodiscard]] bool takes(std::string_view key) const noexcept;
  /// A key of `connection`, its value as the file has it. Texts that are empty are left out. `as`: what the
  /// file calls it.
  void set(std::string_view key, std::string_view value, config::Place place, std::string_view as = {});
  /// A path that is relative is meant from the imported file's folder.
  void set_path(std::string_view key, std::string_view value, config::Place place);
  /// The schema or database that the logical database of the source's name is.
  void set_physical(std::string_view physical) { source_.databases.front().physical = physical; }
  void set_description(std::string_view text) { source_.description = plan_.carry(text); }
  void set_max_rows(std::int64_t rows) { source_.max_rows = rows; }
  /// As the file says.
  void let_write(config::Place place);
  /// The file forbids writing there.
  void keep_reading() { source_.must_read = true; }
  void set_statement_timeout(std::string_view seconds, config::Place place, std::string_view as);
  void disable(std::string_view reason, config::Place place, std::string_view key, std::string_view instead);
  void lose(config::Place place, std::string_view key, std::string_view why, std::string_view instead = {});
  /// Adds it to the plan, or notes why it cannot be.
  void finish();

 private:
  [[nodiscard]] std::string called(std::string_view key) const;

  Plan& plan_;
  PlannedSource source_;
};

/// Seconds as "30", "0.5", or with a unit as Go writes them ("500ms", "30s", "5m", "1h").
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text);

/// The type of ours of this name; null when this build does not have it.
[[nodiscard]] const TypeSpec* find_type(std::span<const TypeSpec> types, std::string_view name) noexcept;

}  // namespace penstock::importers
