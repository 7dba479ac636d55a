#include <gtest/gtest.h>

#include "penstock/data_source.hpp"

namespace penstock {
namespace {

TEST(Registry, FindsTypesByNameAndAliasWhateverTheCase) {
  DataSourceRegistry registry;
  DataSourceType type;
  type.spec.name = "memory";
  type.spec.aliases = {"ram"};
  ASSERT_TRUE(registry.add(type));
  ASSERT_NE(registry.find("Memory"), nullptr);
  EXPECT_EQ(registry.find("RAM"), registry.find("memory"));
  EXPECT_EQ(registry.find("disk"), nullptr);
}

TEST(Registry, RefusesANameThatIsTakenOrEmpty) {
  DataSourceRegistry registry = DataSourceRegistry::with_builtin_types();
  DataSourceType type;
  type.spec.name = "SQLite";
  EXPECT_EQ(registry.add(type).error().code, ErrorCode::invalid_argument);
  type.spec.name = "mine";
  type.spec.aliases = {""};
  EXPECT_EQ(registry.add(type).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace penstock
