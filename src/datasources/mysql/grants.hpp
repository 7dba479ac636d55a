// What the grants of a user allow beyond what a datasource needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "penstock/query.hpp"
#include "penstock/settings.hpp"

namespace penstock::mysql {

/// Warnings on the lines of SHOW GRANTS, for `penstock check`. `databases`: the server's, that are served.
[[nodiscard]] std::vector<std::string> excessive_grants(const std::vector<std::string>& grants, Access access,
                                                        const std::vector<LogicalDatabase>& databases);

}  // namespace penstock::mysql
