#include "penstock/value.hpp"
