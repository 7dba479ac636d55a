// One value of the configuration: placeholders replaced, converted to its kind, checked.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

#include "config/configuration.hpp"
#include "config/problems.hpp"
#include "config/yaml.hpp"

namespace penstock::config {

/// A text of the file. What variables put into it may be a secret in the wrong place and is never shown.
struct Text {
  std::string value;
  std::vector<std::string> variables;  ///< whose values are part of it
  Place place;
};

/// Whether a message may show a value of the file as it is written there.
enum class Showing : std::uint8_t { allowed, forbidden };

/// What `spec` takes, for "must be ...": "a whole number from 1 to 65535".
[[nodiscard]] std::string describe(const SettingSpec& spec);

/// "1 to 65535", "at least 1s", "at most 1MiB"; empty when any value of its kind will do.
[[nodiscard]] std::string describe_range(const SettingSpec& spec);

/// The value of `text` as the kind of `spec`, within its range. A relative path is put behind `directory`.
/// The error begins with "must" and never shows the text.
[[nodiscard]] std::expected<SettingValue, std::string> convert(const SettingSpec& spec, std::string_view text,
                                                               const std::filesystem::path& directory);

/// Reads values of one file and reports what is wrong with them.
class ValueReader {
 public:
  /// That a variable of `unreadable` is not set is no mistake: another one says why.
  ValueReader(const std::filesystem::path& directory, const Environment& variables, FileProblems& problems,
              const VariableNames& unreadable)
      : directory_(directory), variables_(variables), problems_(problems), unreadable_(unreadable) {}

  /// A variable without a value leaves the setting unset instead of being a mistake.
  void tolerate_unset_variables(bool tolerate) noexcept { tolerates_unset_ = tolerate; }
  [[nodiscard]] bool tolerates_unset_variables() const noexcept { return tolerates_unset_; }

  /// The text of a scalar with its placeholders replaced. Nothing, and a mistake, when the node is none or
  /// names a variable that is not set. `label` names the value in messages; `expected` says what is meant.
  [[nodiscard]] std::optional<Text> text(const Node& node, std::string_view label, std::string_view expected);
  /// The same, well-formed UTF-8 without NUL.
  [[nodiscard]] std::optional<Text> clean_text(const Node& node, std::string_view label,
                                               std::string_view expected);
  [[nodiscard]] std::optional<SettingValue> setting(const Node& node, const SettingSpec& spec);
  /// The content of the file that the node names, less one newline at its end.
  [[nodiscard]] std::optional<Secret> secret_from_file(const Node& node, std::string_view label);

  /// Reports that a text is not what it must be: "`port` must be ..., found `abc`", as far as it may be
  /// shown, and a hint such as did_you_mean's.
  void refuse(const Text& text, std::string_view label, std::string_view must, Showing showing,
              std::string_view hint = {});

  [[nodiscard]] FileProblems& problems() noexcept { return problems_; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }

 private:
  const std::filesystem::path& directory_;
  const Environment& variables_;
  FileProblems& problems_;
  const VariableNames& unreadable_;
  bool tolerates_unset_ = false;
};

}  // namespace penstock::config
