// The configuration's texts, wherever they come from.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/configuration.hpp"

namespace penstock::config {

/// The most that is read of one file, in bytes.
inline constexpr std::size_t kMaxFileBytes = 16U << 20;

/// What load_configuration() found in a folder.
struct Sources {
  std::filesystem::path directory;         ///< for messages and for relative paths; need not exist
  std::optional<std::string> datasources;  ///< nothing: it could not be read, which is reported elsewhere
  std::optional<std::string> summary;
  std::optional<std::string> server;  ///< of a server only
  std::optional<std::string> tools;   ///< likewise
  std::optional<std::string> principals;
  std::optional<std::string> keys;
  Environment variables;
  /// Names whose value in a .env could not be read, which is reported already: that they are not set is no
  /// mistake of its own.
  VariableNames unreadable;
};

/// Reads and checks texts; reads no file but those that a `password_file` names. Appends mistakes to
/// `problems`. What is returned is only whole when none were.
[[nodiscard]] Configuration parse_configuration(const Sources& sources, std::span<const TypeSpec> types,
                                                std::vector<Problem>& problems);

/// The same of all files that a server reads.
[[nodiscard]] ServingConfiguration parse_serving_configuration(const Sources& sources,
                                                               std::span<const TypeSpec> types,
                                                               std::vector<Problem>& problems);

/// Of principals.yaml and keys.yaml alone; which databases and tools there are is not known then.
[[nodiscard]] IdentityConfig parse_identities(const Sources& sources, std::vector<Problem>& problems);

/// Whether the text of a .env can be read; else the reason is added. Its values may hold any byte but NUL, as
/// a password does.
[[nodiscard]] bool check_dotenv_encoding(std::string_view text, class FileProblems& problems);

}  // namespace penstock::config
