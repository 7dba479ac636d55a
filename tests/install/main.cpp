#include <cstdio>

#include <penstock/data_source.hpp>
#include <penstock/format.hpp>

int main() {
  const auto registry = penstock::DataSourceRegistry::with_builtin_types();
  for (const auto& type : registry.types())
    std::printf("%s\n", type.spec.name.c_str());
  const bool formats = penstock::parse_format("ndjson") == penstock::Format::jsonl;
  return formats && registry.find("sqlite") != nullptr ? 0 : 1;
}
