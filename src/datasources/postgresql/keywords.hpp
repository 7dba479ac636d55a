// Where and how to connect, as libpq takes it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace penstock::postgresql {

/// Names and values of a connection; a name at most once.
/// Source: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
using Keywords = std::vector<std::pair<std::string, std::string>>;

}  // namespace penstock::postgresql
