// subscriptions/listen: a request that stays open and tells of changes (2026-07-28).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/mcp/call.hpp"
#include "protocol/mcp/catalog.hpp"

namespace penstock::protocol::mcp {

class Server;

class ListenCall final : public Call {
 public:
  ListenCall(CallContext&& context, std::weak_ptr<Server> server);

  [[nodiscard]] bool wants(ListKind kind) const noexcept { return lists_.contains(kind); }
  [[nodiscard]] bool wants(std::string_view uri) const noexcept { return resources_.contains(uri); }
  /// Sends a notification, once the subscription is acknowledged. `members` are those beside `_meta`.
  void tell(std::string_view method, std::string_view members = {});
  /// Ends the stream in good order.
  void end();

 private:
  void run() override;
  void cancelled() override;
  [[nodiscard]] std::string acknowledged_filter() const;
  [[nodiscard]] std::string subscription_meta() const;

  std::weak_ptr<Server> server_;
  std::set<ListKind> lists_;
  std::set<std::string, std::less<>> resources_;
  std::mutex mutex_;
  std::optional<std::uint64_t> number_;  // in the server's table
  bool acknowledged_ = false;
  std::vector<std::string> waiting_;
};

}  // namespace penstock::protocol::mcp
