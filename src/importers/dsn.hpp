// Connection strings as DBHub takes them: "postgres://user:password@host:5432/database?sslmode=require".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::importers {

/// The parts, percent escapes decoded; a part that is not there is empty. A variable (`${NAME}`) in one of
/// them stays as it is.
struct Dsn {
  std::string scheme;  ///< in small letters
  std::string user;
  std::string password;
  std::string host;  ///< an IPv6 address without its brackets
  std::string port;
  std::string database;  ///< of `sqlite`: the file, as it is written
  std::vector<std::pair<std::string, std::string>> query;
};

/// Nothing when the text is no such string. A password may hold `@` and `:` as they are.
[[nodiscard]] std::optional<Dsn> parse_dsn(std::string_view text);

}  // namespace penstock::importers
