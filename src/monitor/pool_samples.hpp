// The numbers of pools as samples.
#pragma once

#include <vector>

#include "penstock/manager.hpp"

#include "monitor/metrics.hpp"

namespace penstock::monitor {

/// Of every datasource: whether it is up, and its pools.
void append_pool_samples(const std::vector<DataSourceInfo>& datasources, std::vector<Sample>& samples);

}  // namespace penstock::monitor
