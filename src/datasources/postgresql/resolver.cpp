#include "datasources/postgresql/resolver.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace penstock::postgresql {

namespace {

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == text.npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::string* find(Keywords& keywords, std::string_view name) {
  const auto found = std::ranges::find(keywords, name, &Keywords::value_type::first);
  return found == keywords.end() ? nullptr : &found->second;
}

}  // namespace

Result<Keywords> Resolver::resolve(const Keywords& place, Deadline deadline) {
  Keywords resolved = place;
  std::string* const host = find(resolved, "host");
  if (host == nullptr) return resolved;  // a service's, or the environment's, which libpq reads
  const std::vector<std::string> hosts = parts_of(*host);
  if (std::ranges::none_of(hosts, NameLookup::is_name)) return resolved;
  std::string* const port = find(resolved, "port");
  const std::vector<std::string> ports = parts_of(port != nullptr ? *port : "");
  std::string all_hosts;
  std::string all_addresses;
  std::string all_ports;
  std::optional<Error> first;
  const auto add = [&](const std::string& name, const std::string& address, const std::string& its_port) {
    const char* const comma = all_ports.empty() && all_hosts.empty() ? "" : ",";
    all_hosts.append(comma).append(name);
    all_addresses.append(comma).append(address);
    all_ports.append(comma).append(its_port);
  };
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::string& its_port = ports.size() == 1 ? ports.front() : ports.at(std::min(i, ports.size() - 1));
    if (!NameLookup::is_name(hosts[i])) {
      add(hosts[i], "", its_port);
      continue;
    }
    auto found = addresses(hosts[i], deadline);
    if (!found && !first) first = found.error();
    if (!found) continue;
    for (const std::string& address : *found)
      add(hosts[i], address, its_port);
  }
  if (all_hosts.empty()) return std::unexpected(std::move(*first));
  *host = std::move(all_hosts);
  if (port != nullptr) *port = std::move(all_ports);
  resolved.emplace_back("hostaddr", std::move(all_addresses));
  return resolved;
}

}  // namespace penstock::postgresql
