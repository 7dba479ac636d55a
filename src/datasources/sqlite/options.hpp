// One datasource's configuration as the SQLite driver uses it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock::sqlite {

/// Which safety layers a session has. All of them, always: tests alone switch some off, to see that the
/// others hold.
struct Layers {
  bool analysis = true;
  bool authorizer = true;
};

struct Options {
  std::filesystem::path path;
  std::chrono::milliseconds busy_timeout{5'000};
  std::optional<std::int64_t> cache_bytes;
  bool create = false;
  Access access = Access::read_only;
  std::vector<LogicalDatabase> databases;
  Layers layers;

  [[nodiscard]] const LogicalDatabase* find(std::string_view database) const noexcept;
  /// The file of a logical database: `path` itself, or a file in it when it is a folder. Asks the file
  /// system.
  [[nodiscard]] std::filesystem::path file_of(const LogicalDatabase& database) const;
};

/// The keys of `connection:`.
[[nodiscard]] TypeSpec type_spec();
/// Reads and checks the configuration; touches no file. Errors: `invalid_argument`.
[[nodiscard]] Result<Options> read_options(const DataSourceConfig& config);

}  // namespace penstock::sqlite
