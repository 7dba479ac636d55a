// What part of the configured databases a caller may reach, for programs that ask for several callers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/settings.hpp"

namespace penstock {

/// Names by patterns, in which `*` stands for any characters. Compared byte by byte: no case is folded, and
/// what only looks alike is another name. A value; immutable but for assignment.
class NameSet {
 public:
  NameSet() = default;  ///< no name
  explicit NameSet(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  [[nodiscard]] static NameSet all() { return NameSet({"*"}); }

  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<std::string>& patterns() const noexcept { return patterns_; }
  friend bool operator==(const NameSet&, const NameSet&) = default;

 private:
  std::vector<std::string> patterns_;
};

/// A database that it does not contain is answered for exactly as one that does not exist.
struct Grant {
  NameSet databases = NameSet::all();  ///< logical ones
  Access access = Access::read_write;  ///< at most; a datasource's own may be less
  friend bool operator==(const Grant&, const Grant&) = default;
};

/// Whether the caller may know of the database. Null: there is nobody to keep it from.
[[nodiscard]] inline bool is_granted(const Grant* grant, std::string_view database) noexcept {
  return grant == nullptr || grant->databases.contains(database);
}

}  // namespace penstock
