// Which datasource holds which logical database: one immutable snapshot of the configuration in force.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "penstock/manager.hpp"

#include "config/configuration.hpp"
#include "manager/statement_memo.hpp"
#include "pool/housekeeper.hpp"
#include "pool/pool.hpp"

namespace penstock {

/// One server of a datasource and the connections to it.
struct NodePool {
  Node node;
  std::shared_ptr<pool::Pool> pool;
};

/// A configured datasource at work: its driver, its pools and what is remembered of its statements. Shared by
/// the snapshots in which its configuration is the same, and by the queries that run on it.
struct Source {
  DataSourceConfig config;
  std::shared_ptr<DataSource> driver;  ///< null: disabled, or no driver in this build
  std::string disabled_reason;         ///< then: why
  ErrorCode disabled_code = ErrorCode::unavailable;
  std::vector<NodePool> nodes;  ///< the primary first; none when disabled
  StatementMemo statements;
  StatementMemo read_only_statements;       ///< of who may only read where the datasource can be written
  std::shared_ptr<QueryObserver> observer;  ///< may be null

  [[nodiscard]] bool enabled() const noexcept { return driver != nullptr; }
  [[nodiscard]] Access access_for(const Grant* grant) const noexcept {
    const bool reads = config.access == Access::read_only || (grant && grant->access == Access::read_only);
    return reads ? Access::read_only : Access::read_write;
  }
  /// What the analysis of a statement came to depends on the access.
  [[nodiscard]] StatementMemo& memo(Access access) noexcept {
    return access == config.access ? statements : read_only_statements;
  }
  /// Whether all of its databases are granted.
  [[nodiscard]] bool is_granted_whole(const Grant* grant) const noexcept;
  /// Drivers know of no grants: drops an error's hint where it may name a database that is not granted.
  void keep_to(const Grant* grant, Error& error) const;
};

/// A logical database and where it is.
struct Route {
  std::string database;
  std::shared_ptr<Source> source;
};

/// Immutable; shared by all threads.
class RoutingTable {
 public:
  /// Makes the datasources of a configuration. Those whose configuration is the same in `previous` (which may
  /// be null) are taken over with their pools. Errors: `invalid_argument`, a driver that refuses its
  /// configuration.
  [[nodiscard]] static Result<std::shared_ptr<const RoutingTable>> make(
      config::Configuration configuration, const DataSourceRegistry& registry, pool::Housekeeper& housekeeper,
      const std::shared_ptr<QueryObserver>& observer, const RoutingTable* previous);

  /// Null when no datasource holds it, or it is not granted, which must look the same to who asks.
  [[nodiscard]] const Route* find(std::string_view database, const Grant* grant) const noexcept;
  /// As find(), whatever the case, for a name that stands in a statement.
  [[nodiscard]] const Route* find_folded(std::string_view name, const Grant* grant) const;
  /// `not_found`, with the nearest name that is granted.
  [[nodiscard]] Error unknown_database(std::string_view database, const Grant* grant) const;
  /// Why a database of a disabled datasource cannot be queried.
  [[nodiscard]] static Error disabled_database(const Route& route);

  [[nodiscard]] DatabaseValidation validate(std::span<const std::string_view> databases,
                                            const Grant* grant) const;
  /// The other databases that a statement on `home` names by its qualifiers. Errors: `cross_datasource`,
  /// `forbidden`.
  [[nodiscard]] Result<std::vector<std::string>> also_named(const Route& home, const Analysis& analysis,
                                                            const Grant* grant) const;

  [[nodiscard]] const std::vector<std::shared_ptr<Source>>& sources() const noexcept { return sources_; }
  [[nodiscard]] std::vector<DatabaseInfo> databases(const Grant* grant) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Routes = std::unordered_map<std::string, Route, Hash, std::equal_to<>>;

  std::vector<std::shared_ptr<Source>> sources_;
  Routes routes_;
  std::unordered_map<std::string, const Route*, Hash, std::equal_to<>> folded_;
  std::map<std::string, config::DatabaseSummary, std::less<>> summaries_;
};

}  // namespace penstock
