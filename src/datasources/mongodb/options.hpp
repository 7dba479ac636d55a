// One datasource's configuration as the MongoDB driver uses it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <mongoc/mongoc.h>

#include "penstock/settings.hpp"

#include "datasources/mongodb/stream.hpp"

namespace penstock::mongodb {

/// Which safety layers a session has. All of them, always: tests alone switch some off, to see that the
/// others hold.
struct Layers {
  bool analysis = true;  ///< a statement is checked when it is read
  bool guard = true;     ///< what is to be sent is checked once more
};

struct Options {
  /// Where to connect, as whom, what to read from; without TLS, which is the streams' own. Not changed after
  /// it was made, and so read by many threads.
  std::shared_ptr<const mongoc_uri_t> uri;
  StreamOptions stream;
  std::vector<LogicalDatabase> databases;
  /// Documents that the columns of a collection are told from.
  std::int64_t sample_size = 1'000;
  Layers layers;

  [[nodiscard]] const LogicalDatabase* find(std::string_view database) const noexcept;
};

/// The keys of `connection:`.
[[nodiscard]] TypeSpec type_spec();
/// Reads and checks the configuration; asks no network. Errors: `invalid_argument`.
[[nodiscard]] Result<Options> read_options(const DataSourceConfig& config);

}  // namespace penstock::mongodb
