// What the gate of queries has counted, as metrics.
#pragma once

#include <vector>

#include "monitor/metrics.hpp"
#include "server/query_gate.hpp"

namespace penstock::server {

void append_gate_samples(QueryGate& gate, std::vector<monitor::Sample>& samples);

}  // namespace penstock::server
