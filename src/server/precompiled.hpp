// What most sources of the server use, compiled once.
#pragma once

#include <boost/asio.hpp>
#include <boost/json.hpp>

#include "core/precompiled.hpp"
