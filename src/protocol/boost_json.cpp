// Boost.JSON's own sources, compiled here as Asio's are: calls within it are direct then, which makes a call
// of MCP with one client some 1 us faster than the system's library of it does.
#include <boost/json/src.hpp>
