// Adding to a catalogue what must fit.
#pragma once

#include <stdexcept>
#include <utility>

#include "protocol/mcp/catalog.hpp"

namespace penstock::mcp_fixture {

template <typename Entry>
void add(protocol::mcp::Catalog& catalog, Entry entry) {
  if (const auto added = catalog.add(std::move(entry)); !added) throw std::logic_error(added.error().message);
}

}  // namespace penstock::mcp_fixture
