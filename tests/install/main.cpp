#include <cstdio>

#include <penstock/data_source.hpp>

int main() {
  const auto registry = penstock::DataSourceRegistry::with_builtin_types();
  for (const auto& type : registry.types())
    std::printf("%s\n", type.spec.name.c_str());
  return registry.find("sqlite") == nullptr ? 1 : 0;
}
