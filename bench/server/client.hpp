// What the server's comparison needs a compiled client for; bench/server/compare.py runs it and reads what it
// prints.
#pragma once

#include <cstdint>
#include <string>

namespace server_client {

/// A private PostgreSQL server with the table of the comparisons: prints its port and its process, and stays
/// until standard input ends.
int keep_bank(const std::string& directory);

/// The median of one point query by the library and by a server over a connection of its own, in turn. The
/// request is the text of a file, with a mark where the key goes. Prints microseconds as JSON.
int measure_latency(std::uint16_t server, std::uint16_t postgresql, const std::string& directory,
                    const std::string& request_file);

/// Opens so many connections to a server, asks once on each, then once more when all of them are open, and
/// checks every answer. Prints one line of JSON, and keeps them open until standard input ends.
int keep_connections(std::uint16_t server, std::size_t count, const std::string& request_file);

}  // namespace server_client
