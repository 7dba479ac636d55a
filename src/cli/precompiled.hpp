// What most sources of the command use, compiled once.
#pragma once

#include <CLI/CLI.hpp>

#include "core/precompiled.hpp"
