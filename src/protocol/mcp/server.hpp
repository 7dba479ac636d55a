// A server of the Model Context Protocol, in all its revisions, without sockets: messages in, messages out.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/error.hpp"

#include "protocol/mcp/caller.hpp"
#include "protocol/mcp/catalog.hpp"
#include "protocol/mcp/message.hpp"
#include "protocol/mcp/outlet.hpp"
#include "protocol/mcp/session.hpp"

namespace penstock::protocol::mcp {

class ListenCall;

struct ServerInfo {
  std::string name;
  std::string title;
  std::string version;
  std::string instructions;  ///< how to use the server, for a model; empty: none
};

/// A call that is over. The views live for the call of the observer.
struct CallEnd {
  std::string_view method;
  std::string_view tool;          ///< of tools/call; empty otherwise
  std::string_view error;         ///< "tool_error", "cancelled", or JSON-RPC's code; empty: it went well
  std::string_view request_id;    ///< as Inbound's
  std::string_view trace_parent;  ///< as Call's
  std::int64_t began = 0;         ///< what now() was then
};

/// Told of the calls that have handlers; it keeps the time, which this code has none of. Thread-safe; must be
/// quick, and must not throw.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  [[nodiscard]] virtual std::int64_t now() noexcept = 0;
  virtual void call_ended(const CallEnd& end) noexcept = 0;
};

struct Inbound;

struct ServerOptions {
  MessageLimits messages;
  std::size_t page_size = 100;           ///< entries of a list that are sent at once
  std::size_t max_in_flight = 256;       ///< requests of one session at a time
  std::size_t max_subscriptions = 1000;  ///< streams of subscriptions/listen at a time
  std::chrono::milliseconds list_ttl = std::chrono::minutes(5);  ///< how long a list may be taken for fresh
  std::chrono::milliseconds read_ttl = std::chrono::milliseconds(0);
  bool public_lists = false;  ///< everybody sees the same lists, so that shared caches may keep them
  bool logging = true;
  bool resource_subscriptions = true;
  /// A message authentication code of a text, such as a keyed hash; the state of require_input() is proven
  /// with it. Without it, what comes back is believed.
  std::function<std::string(std::string_view)> sign;
  std::shared_ptr<CallObserver> observer;  ///< may be null
  /// Asked before each request but those that only begin or check a connection: the caller is let in, or has
  /// to come again later, with why in the error. Must not block. Empty: all are let in.
  std::function<Result<void>(const Inbound&)> admit;
  /// Told of a call of a tool that is there, but not for this caller, who is answered that there is none.
  /// Must not block. May be empty.
  std::function<void(const Inbound&, std::string_view tool)> hidden_tool_called;
};

/// What does not change while a server runs.
struct ServerSettings {
  ServerInfo info;
  ServerOptions options;
  std::string info_json;  ///< {"name": ..., "version": ...}
};

/// A message and where it came from.
struct Inbound {
  std::shared_ptr<const Document> document;
  const RequestHeaders* headers = nullptr;  ///< over HTTP; null elsewhere
  std::stop_token gone;                     ///< the client went away
  std::shared_ptr<Session> session;         ///< null: the message stands alone
  std::shared_ptr<Outlet> outlet;
  std::shared_ptr<const Caller> caller;  ///< who sends it; null: one who may do everything
  std::string request_id;                ///< for logs
  bool stands_alone = false;             ///< is_stateless(), as far as known: false says nothing
};

/// Whether a message belongs to the era without sessions: by its `_meta`, else by the header.
[[nodiscard]] bool is_stateless(const boost::json::value& message, const RequestHeaders* headers);
[[nodiscard]] bool is_initialize(const boost::json::value& message);

/// Thread-safe.
class Server : public std::enable_shared_from_this<Server> {
 public:
  Server(ServerInfo info, ServerOptions options, Catalog catalog);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] const ServerOptions& options() const noexcept { return settings_->options; }
  /// Answers through the message's outlet, now or later.
  void receive(const Inbound& inbound);

  [[nodiscard]] std::shared_ptr<Session> open_session();
  /// Offers something else from now on, and tells the clients which lists changed.
  void replace(Catalog catalog);
  /// Tells those who subscribed to a resource that it changed.
  void resource_updated(std::string_view uri);
  /// Tells all clients that a list changed.
  void list_changed(ListKind kind);
  /// Ends the streams of subscriptions. Requests under way go on.
  void close();

 private:
  friend class Dispatch;
  friend class ListenCall;

  void receive_one(const Inbound& inbound, const boost::json::value& value);
  void receive_batch(const Inbound& inbound, const boost::json::array& batch);
  [[nodiscard]] std::shared_ptr<const Catalog> catalog() const;
  /// Nothing when there are too many, or the server is closed.
  [[nodiscard]] std::optional<std::uint64_t> add_listener(std::shared_ptr<ListenCall> listener);
  void remove_listener(std::uint64_t number);
  [[nodiscard]] std::vector<std::shared_ptr<ListenCall>> listeners() const;
  [[nodiscard]] std::vector<std::shared_ptr<Session>> sessions();

  std::shared_ptr<const ServerSettings> settings_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalog> catalog_;
  std::vector<std::weak_ptr<Session>> sessions_;
  std::map<std::uint64_t, std::shared_ptr<ListenCall>> listeners_;
  std::uint64_t next_listener_ = 1;
  bool closed_ = false;
};

}  // namespace penstock::protocol::mcp
