// What `penstock check` says of a server and of the user that the sessions have there.
#pragma once

#include "penstock/data_source.hpp"

#include "datasources/mongodb/client.hpp"

namespace penstock::mongodb {

[[nodiscard]] Result<ServerInfo> report_server(Client& client);

}  // namespace penstock::mongodb
