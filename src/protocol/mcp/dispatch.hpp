// One message to what it asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/mcp/catalog.hpp"
#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {

/// Made for one message and used once.
class Dispatch {
 public:
  Dispatch(Server& server, const Inbound& inbound, Message message);
  void run();

 private:
  // The era of each request by itself: stateless.cpp.
  void run_stateless();
  [[nodiscard]] std::optional<RpcError> read_envelope();
  [[nodiscard]] std::optional<RpcError> check_headers() const;
  void request_stateless();
  void discover();
  void listen();

  // The era of sessions: stateful.cpp.
  void run_in_session();
  [[nodiscard]] std::optional<RpcError> check_session();
  void request_in_session();
  void initialize();
  void set_log_level();
  void subscribe(bool on);

  void notification();
  /// What all revisions have. False: there is no such method.
  [[nodiscard]] bool request();
  void turn_away(const Error& why);
  [[nodiscard]] std::string trace_parent() const;
  void list(ListKind kind, std::string_view member);
  void call_tool();
  void read_resource();
  void get_prompt();
  void complete();

  [[nodiscard]] CallContext context();
  void launch(const std::shared_ptr<Call>& call);
  /// Whether it is there for who asks.
  template <typename Offered>
  [[nodiscard]] bool is_seen(const Offered& offered) const noexcept {
    return inbound_.caller == nullptr || inbound_.caller->sees(offered);
  }
  void answer(std::string_view members);
  void refuse(const RpcError& error);
  [[nodiscard]] const boost::json::object& params() const noexcept { return *message_.params; }
  [[nodiscard]] std::string capabilities() const;

  Server& server_;
  const Inbound& inbound_;
  Message message_;
  std::shared_ptr<const Catalog> catalog_;
  const RevisionRules* rules_ = nullptr;
  ClientCapabilities client_;
  std::optional<LogLevel> log_level_;
  std::string state_;
};

}  // namespace penstock::protocol::mcp
