// Checking the keys of a map of the configuration.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/problems.hpp"
#include "config/yaml.hpp"

namespace penstock::config {

/// Keys of the top level that begin so are left alone: a place for anchors.
inline constexpr std::string_view kExtensionPrefix = "x-";

/// The one key that the top level of a file has, and its value; mistakes are reported. Null when it is not
/// there.
[[nodiscard]] const Entry* find_section(const Node& root, std::string_view section, FileProblems& problems);

/// Reports a key that the map called `owner` ("a datasource") does not have.
void report_unknown_key(const Entry& entry, std::string_view owner, std::span<const std::string> known,
                        FileProblems& problems);

/// Whether the text can name a datasource or a logical database: 1 to kMaxNameLength letters, digits, `_`,
/// `-` and
/// `.` of ASCII, beginning with a letter, a digit or `_`.
[[nodiscard]] bool is_valid_name(std::string_view text) noexcept;
inline constexpr std::size_t kMaxNameLength = 64;

/// The same in words, behind "must".
inline constexpr std::string_view kNameRule =
    "must be 1 to 64 letters, digits, `_`, `-` and `.`, beginning with a letter, a digit or `_`";

/// Whether the text can name a setting that queries bring along, as PostgreSQL has names for what programs
/// define themselves: two or more words of small letters, digits and `_`, none beginning with a digit, with
/// dots between them; 63 bytes at most.
[[nodiscard]] bool is_setting_name(std::string_view text) noexcept;

/// The same in words, behind "must be".
inline constexpr std::string_view kSettingNameRule =
    "two or more words of small letters, digits and `_` with dots between them, such as `app.user_id`";

}  // namespace penstock::config
