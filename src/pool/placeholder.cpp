#include "penstock/fwd.hpp"
