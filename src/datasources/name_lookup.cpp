#include "datasources/name_lookup.hpp"

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

namespace penstock {

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

}  // namespace

struct NameLookup::State {
  struct Asked {
    std::condition_variable answered;
    std::optional<Addresses> answer;
  };

  LookUp look_up;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Asked>> asked;  // of which there is no answer yet
};

bool NameLookup::is_name(const std::string& host) {
  std::array<char, sizeof(in6_addr)> address;
  return !host.empty() && !host.starts_with('/') && !host.starts_with('@') &&
         host.find('%') == host.npos &&  // an IPv6 address with its zone
         inet_pton(AF_INET, host.c_str(), address.data()) != 1 &&
         inet_pton(AF_INET6, host.c_str(), address.data()) != 1;
}

Addresses NameLookup::ask_system(const std::string& host) {
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

NameLookup::NameLookup(LookUp look_up) : state_(std::make_shared<State>()) {
  state_->look_up = std::move(look_up);
}

Addresses NameLookup::addresses(const std::string& host, Deadline deadline) {
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

}  // namespace penstock
