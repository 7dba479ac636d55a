// Which front end answers which path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/exchange.hpp"

namespace penstock::server {

/// Filled before the server starts, and not changed then.
class HttpRoutes {
 public:
  /// `path`: "/healthz" is that path alone, "/v1/" everything below it. The longest that fits counts.
  void add(std::string path, HttpHandler handler);
  /// Hands the exchange to its handler; answers 404 where there is none.
  void answer(std::shared_ptr<Exchange> exchange) const;

 private:
  struct Route {
    std::string path;
    HttpHandler handler;
  };
  [[nodiscard]] const Route* find(std::string_view path) const noexcept;
  std::vector<Route> routes_;
};

}  // namespace penstock::server
