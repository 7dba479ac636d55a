// Tests with one more parameter: something that an engine lists in its quirks.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "conformance/conformance_test.hpp"

namespace penstock::conformance {

template <typename Item>
using EngineAnd = std::tuple<EngineRef, const Item*>;

/// Every engine with every item of one list of its quirks.
template <typename Item>
[[nodiscard]] std::vector<EngineAnd<Item>> engines_and(std::vector<Item> Quirks::* list) {
  std::vector<EngineAnd<Item>> out;
  for (const EngineRef engine : engine_refs()) {
    for (const Item& item : engine->quirks.*list)
      out.emplace_back(engine, &item);
  }
  return out;
}

/// A test of one engine and one item of its list.
template <typename Item>
class EngineAndTest : public testing::TestWithParam<EngineAnd<Item>>, protected EngineFixture {
 protected:
  EngineAndTest() : EngineFixture(*std::get<0>(this->GetParam())) {}
  [[nodiscard]] const Item& item() const { return *std::get<1>(this->GetParam()); }
};

/// Names a test by its engine and its item.
struct EngineAndName {
  template <typename Item>
  std::string operator()(const testing::TestParamInfo<EngineAnd<Item>>& info) const {
    return std::get<0>(info.param)->name + "__" + std::get<1>(info.param)->name;
  }
};

}  // namespace penstock::conformance
