#include "server/http_routes.hpp"

#include <utility>

#include "protocol/rest/problem.hpp"

namespace penstock::server {

void HttpRoutes::add(std::string path, HttpHandler handler) {
  routes_.push_back({std::move(path), std::move(handler)});
}

const HttpRoutes::Route* HttpRoutes::find(std::string_view path) const noexcept {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    const bool fits = route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path;
    if (fits && (best == nullptr || route.path.size() > best->path.size())) best = &route;
  }
  return best;
}

void HttpRoutes::answer(std::shared_ptr<Exchange> exchange) const {
  if (const Route* route = find(exchange->path())) return route->handler(std::move(exchange));
  Error error;
  error.code = ErrorCode::not_found;
  error.message = "there is nothing at this path";
  exchange->respond({.status = 404,
                     .content_type = std::string(protocol::rest::kProblemType),
                     .headers = {},
                     .body = protocol::rest::problem_document(error, exchange->request_id())});
}

}  // namespace penstock::server
