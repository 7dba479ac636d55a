// A configuration folder and the manager that reads it: where a test runs.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "penstock/manager.hpp"

#include "conformance/engine.hpp"
#include "temporary_folder.hpp"

namespace penstock::conformance {

/// What a test sets in datasources.yaml; the rest is as a user would leave it.
struct SiteOptions {
  Access access = Access::read_only;
  std::vector<std::pair<std::string, std::string>> datasource{};  ///< keys beside `type:`
  std::vector<std::pair<std::string, std::string>>
      connection{};  ///< keys under `connection:`, such as the pool's; they replace the deployment's
  std::string databases = "[customer_db, accounts_db]";  ///< of `here`
};

/// Two datasources of one engine: `here` with customer_db and accounts_db, `there` with loans_db; a third,
/// `switched_off` with insurance_db, is disabled. The engine of `here` also has payroll_db, which no logical
/// database maps to. Not thread-safe, but the manager is.
class Site {
 public:
  explicit Site(const Engine& engine);

  [[nodiscard]] Deployment& here() noexcept { return *here_; }
  [[nodiscard]] Deployment& there() noexcept { return *there_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_.path(); }

  /// Writes the configuration. The manager, if there is one, goes on with the old one until it is reloaded.
  void configure(const SiteOptions& options);
  /// Loaded at the first call, from what configure() wrote or the defaults.
  [[nodiscard]] DataSourceManager& manager();
  /// One more manager of the same configuration.
  [[nodiscard]] std::unique_ptr<DataSourceManager> another_manager() const;
  /// The driver of `here`, without a manager.
  [[nodiscard]] std::unique_ptr<DataSource> driver() const;

 private:
  [[nodiscard]] DataSourceRegistry registry() const;

  const Engine* engine_;
  test::TemporaryFolder folder_;
  std::unique_ptr<Deployment> here_;
  std::unique_ptr<Deployment> there_;
  std::once_flag loaded_;
  std::unique_ptr<DataSourceManager> manager_;
};

}  // namespace penstock::conformance
