// What most tests use, compiled once.
#pragma once

#include "core/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
