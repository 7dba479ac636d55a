// One client over several messages: a session of the eras that have them, or the other end of a pipe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/mcp/call.hpp"
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

/// What is remembered of a client between its messages. Thread-safe; nothing foreign is called under its
/// lock.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() = default;

  /// Set by initialize, once. False when it was set before.
  [[nodiscard]] bool initialize(const RevisionRules& rules, ClientCapabilities client);
  /// Null before initialize.
  [[nodiscard]] const RevisionRules* rules() const;
  [[nodiscard]] ClientCapabilities client() const;
  [[nodiscard]] LogLevel log_level() const;
  void set_log_level(LogLevel level);

  /// False when a request of this id is under way, or too many are.
  [[nodiscard]] bool begin(const std::shared_ptr<Call>& call, std::size_t limit);
  void end(const Call& call);
  void cancel(std::string_view id);
  [[nodiscard]] std::size_t in_flight() const;

  /// Sends requests to the client on the call's own stream and keeps the call until all are answered.
  void ask(const std::shared_ptr<Call>& call, Outlet& outlet, const std::vector<InputRequest>& requests);
  /// The client's response to one of them. One that nobody waits for is dropped.
  void take_response(const Message& response);

  /// False when there are too many.
  [[nodiscard]] bool subscribe(std::string uri);
  void unsubscribe(std::string_view uri);
  [[nodiscard]] bool is_subscribed(std::string_view uri) const;

  /// Where messages go that belong to no request. Null: they wait, a few of them. The older one is returned.
  std::shared_ptr<Outlet> set_channel(const std::shared_ptr<Outlet>& channel);
  /// It leads nowhere any more: messages wait for the next. Nothing when there is another already.
  void drop_channel(const Outlet& channel);
  void notify(const std::string& message);
  /// Cancels all that is under way.
  void close();

 private:
  struct Begun {
    std::weak_ptr<Call> call;
    const Call* identity = nullptr;  ///< known also when the call is about to go
  };
  struct Awaited {
    std::shared_ptr<Call> call;
    std::string key;
  };

  mutable std::mutex mutex_;
  const RevisionRules* rules_ = nullptr;
  ClientCapabilities client_;
  LogLevel log_level_ = LogLevel::info;
  std::map<std::string, Begun, std::less<>> calls_;
  std::map<std::string, Awaited, std::less<>> awaited_;
  std::uint64_t next_request_ = 1;
  std::set<std::string, std::less<>> subscriptions_;
  std::shared_ptr<Outlet> channel_;
  std::deque<std::string> waiting_;
};

}  // namespace penstock::protocol::mcp
