#include "datasources/postgresql/resolver.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

namespace penstock::postgresql {

namespace {

using Addresses = Result<std::vector<std::string>>;

Error not_found(const std::string& host, std::string_view words) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = "the host '" + host + "' cannot be found";
  error.server_message = words;
  error.sqlstate = "08001";
  error.retryable = true;
  return error;
}

// A number, or a path, has nothing to be looked up.
bool is_name(const std::string& host) {
  std::array<char, sizeof(in6_addr)> address;
  return !host.empty() && !host.starts_with('/') && !host.starts_with('@') &&
         host.find('%') == host.npos &&  // an IPv6 address with its zone
         inet_pton(AF_INET, host.c_str(), address.data()) != 1 &&
         inet_pton(AF_INET6, host.c_str(), address.data()) != 1;
}

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

struct Resolver::State {
  struct Asked {
    std::condition_variable answered;
    std::optional<Addresses> answer;
  };

  LookUp look_up;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Asked>> asked;  // of which there is no answer yet
};

Addresses Resolver::ask_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  if (failed != 0) return std::unexpected(not_found(host, gai_strerror(failed)));
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.emplace_back(text.data());
  }
  if (addresses.empty()) return std::unexpected(not_found(host, "it has no address"));
  return addresses;
}

Resolver::Resolver(LookUp look_up) : state_(std::make_shared<State>()) {
  state_->look_up = std::move(look_up);
}

Addresses Resolver::addresses(const std::string& host, Deadline deadline) {
  std::unique_lock lock(state_->mutex);
  std::shared_ptr<State::Asked>& place = state_->asked[host];
  if (place == nullptr) {
    place = std::make_shared<State::Asked>();
    try {
      std::thread([state = state_, asked = place, host] {
        pthread_setname_np(pthread_self(), "penstock-lookup");
        Addresses answer = state->look_up(host);
        const std::scoped_lock answering(state->mutex);
        asked->answer = std::move(answer);
        state->asked.erase(host);
        asked->answered.notify_all();
      }).detach();
    } catch (const std::system_error& error) {
      state_->asked.erase(host);
      return std::unexpected(not_found(host, error.what()));
    }
  }
  const std::shared_ptr<State::Asked> asked = place;
  const auto answered = [&] { return asked->answer.has_value(); };
  if (deadline.is_never()) {
    asked->answered.wait(lock, answered);
  } else if (!asked->answered.wait_until(lock, deadline.time(), answered)) {
    Error error = not_found(host, {});
    error.code = ErrorCode::timeout;
    error.message = "the address of the host '" + host + "' was not found in time";
    return std::unexpected(std::move(error));
  }
  return *asked->answer;
}

Result<Keywords> Resolver::resolve(const Keywords& place, Deadline deadline) {
  Keywords resolved = place;
  std::string* const host = find(resolved, "host");
  if (host == nullptr) return resolved;  // a service's, or the environment's, which libpq reads
  const std::vector<std::string> hosts = parts_of(*host);
  if (std::ranges::none_of(hosts, is_name)) return resolved;
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
    if (!is_name(hosts[i])) {
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
