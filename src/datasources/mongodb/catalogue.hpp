// What a session asks the server about its collections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/catalog.hpp"
#include "penstock/error.hpp"

#include "datasources/mongodb/client.hpp"
#include "datasources/mongodb/fields.hpp"

namespace penstock::mongodb {

/// The collections of one database, on one server. Short-lived; borrows the client.
class Catalogue {
 public:
  Catalogue(Client& client, std::string physical_database, std::uint32_t server)
      : client_(&client), database_(std::move(physical_database)), server_(server) {}

  struct Collection {
    std::string name;
    TableKind kind = TableKind::table;
  };
  /// By name; without the server's own. Of one name, when it is not empty.
  [[nodiscard]] Result<std::vector<Collection>> collections(std::string_view name = {});
  /// Nothing when there is one of this name; else `not_found` with the nearest name.
  [[nodiscard]] Result<void> must_exist(std::string_view collection, std::string_view logical_database);
  /// Nothing when some document has the field, or it takes too long to find out; else `not_found`.
  [[nodiscard]] Result<void> must_have(std::string_view collection, const std::string& path);

  /// Half of the documents are the first ones, half those of the greatest keys.
  [[nodiscard]] Result<SampledFields> sample(const Collection& collection, std::int64_t documents);
  [[nodiscard]] Result<TableInfo> describe(const Collection& collection, std::int64_t documents);

 private:
  [[nodiscard]] Result<void> sample_into(SampledFields& fields, const bson_t& find);
  [[nodiscard]] Result<void> add_indexes(TableInfo& table);

  Client* client_;
  std::string database_;
  std::uint32_t server_;
};

}  // namespace penstock::mongodb
