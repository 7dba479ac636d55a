// The table that all comparisons read, and a manager over it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "penstock/manager.hpp"

namespace comparison {

inline constexpr std::int64_t kRows = 1'000'000;
inline constexpr const char* kPointQuery = "SELECT id, name, balance FROM entries WHERE id = ?";
inline constexpr const char* kAllRows = "SELECT id, account, amount, name, note, balance FROM entries";
/// The same as a command of MongoDB.
inline constexpr const char* kFindAll = R"({"find": "entries"})";

/// Makes bench.sqlite and the configuration of it, in `directory`.
void make_bank(const std::string& directory);
[[nodiscard]] std::unique_ptr<penstock::DataSourceManager> open_manager(const std::string& directory);
[[noreturn]] void give_up(const std::string& why);

}  // namespace comparison
