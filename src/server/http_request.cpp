#include "server/http_request.hpp"

#include "core/ascii_case.hpp"

namespace penstock::server {

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < header_count_; ++i) {
    const Header& header = headers_[i];
    if (header.name.size == name.size() && equal_ignoring_case(text(header.name), name))
      return text(header.value);
  }
  return {};
}

std::size_t HttpRequest::header_count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < header_count_; ++i) {
    if (equal_ignoring_case(text(headers_[i].name), name)) ++count;
  }
  return count;
}

bool HttpRequest::is_safe() const noexcept {
  const std::string_view name = method();
  return name == "GET" || name == "HEAD" || name == "OPTIONS" || name == "TRACE";
}

}  // namespace penstock::server
