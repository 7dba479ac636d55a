// Secrets that a file holds in the clear: they become variables.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::importers {

class Secrets {
 public:
  /// `taken`: names that the file uses for variables of its own.
  explicit Secrets(std::set<std::string, std::less<>> taken) : taken_(std::move(taken)) {}

  /// A variable that holds the value, named after what it is: ("my-pg", "password") gives MY_PG_PASSWORD, or
  /// the same with a number when that is taken.
  [[nodiscard]] std::string put(std::string_view owner, std::string_view key, std::string value);
  /// The same for a variable that the file names, with its default for the value.
  void put_default(const std::string& name, std::string value);

  /// Names and values, each name once, in the order in which they came.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& values() const noexcept {
    return values_;
  }

 private:
  std::set<std::string, std::less<>> taken_;
  std::vector<std::pair<std::string, std::string>> values_;
};

/// The names of all `${NAME...}` in a text, whatever it is.
[[nodiscard]] std::set<std::string, std::less<>> names_of_variables(std::string_view text);

/// A line of a .env file, its line end included. A value with a NUL byte cannot be written: check before.
[[nodiscard]] std::string dotenv_line(std::string_view name, std::string_view value);

}  // namespace penstock::importers
