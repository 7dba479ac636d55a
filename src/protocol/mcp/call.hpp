// A request on its way: what a handler sees of it, and how it answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "protocol/mcp/caller.hpp"
#include "protocol/mcp/client.hpp"
#include "protocol/mcp/content.hpp"
#include "protocol/mcp/message.hpp"
#include "protocol/mcp/outlet.hpp"
#include "protocol/mcp/revision.hpp"

namespace penstock::protocol::mcp {

class Catalog;
class Session;
struct ServerSettings;
struct Tool;
struct Resource;
struct ResourceTemplate;
struct Prompt;

/// All that a request brings along.
struct CallContext {
  std::shared_ptr<const ServerSettings> settings;
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<Session> session;  ///< of the eras with sessions, and of a pipe; null otherwise
  std::shared_ptr<Outlet> outlet;
  std::shared_ptr<const Caller> caller;  ///< null: one who may do everything
  std::string request_id;
  std::string trace_parent;
  const RevisionRules* rules = nullptr;
  Message message;
  ClientCapabilities client;
  std::optional<LogLevel> log_level;  ///< what this request wants; nothing: what the session wants
  std::stop_token gone;               ///< the client went away
  std::string state;                  ///< of an earlier round, proven to be ours
};

/// One request, until its answer. Handlers hold it by shared_ptr as long as they work, on any thread, one at
/// a time; when the last of them lets go without an answer, `internal_error` is the answer. A handler may be
/// run again for the same question, once the client has given what it was asked for.
class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call();

  [[nodiscard]] const boost::json::object& params() const noexcept { return *context_.message.params; }
  [[nodiscard]] const RevisionRules& rules() const noexcept { return *context_.rules; }
  [[nodiscard]] const ClientCapabilities& client() const noexcept { return context_.client; }
  /// Who asks, as the transport said; null when it said nothing.
  [[nodiscard]] const std::shared_ptr<const Caller>& caller() const noexcept { return context_.caller; }
  /// For logs, as the transport named it; the messages of one batch share it.
  [[nodiscard]] const std::string& request_id() const noexcept { return context_.request_id; }
  /// `traceparent` of the request's _meta, else of its headers, as it was sent; empty: there is none.
  [[nodiscard]] const std::string& trace_parent() const noexcept { return context_.trace_parent; }
  /// Asked to stop when the client cancels or goes away. Nothing that is answered after that is sent.
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }
  [[nodiscard]] bool answered() const noexcept { return answered_.load(); }

  /// JSON text of the token that progress is asked for with; empty when it is not asked for.
  [[nodiscard]] std::string_view progress_token() const noexcept { return progress_token_; }
  /// How far the work is. `done` must grow from call to call.
  void progress(double done, std::optional<double> total = std::nullopt, std::string_view message = {});
  /// A line for the client's log, if it wants lines of this level. `data` is JSON text.
  void log(LogLevel level, std::string_view logger, std::string_view data);
  /// Over HTTP: ends the stream and lets the client come back for the answer. Nothing elsewhere.
  void close_stream();

  /// What the client answered to require_input(); null before, and for a key it left out.
  [[nodiscard]] const boost::json::object* input(std::string_view key) const;
  /// The state of the earlier round, as it was given to require_input(). Empty in the first one.
  [[nodiscard]] const std::string& state() const noexcept { return context_.state; }
  /// Asks the client; the handler runs again with the answers, maybe in another process: all it needs then
  /// goes into `state`, which comes back unchanged or not at all. What the client has not declared itself
  /// able to answer is not asked: the request fails instead. At least one of both must not be empty.
  void require_input(const std::vector<InputRequest>& requests, std::string state = {});

  /// Answers that the request cannot be done. A tool's own failure is a ToolResult.
  void fail(const RpcError& error);
  void fail(RpcCode code, std::string message) { fail(RpcError(code, std::move(message))); }

  // For sessions and transports.
  [[nodiscard]] const std::string& id() const noexcept { return context_.message.id; }
  [[nodiscard]] std::string_view method() const noexcept { return context_.message.method; }
  /// Stops it; it will not be answered.
  void cancel();
  /// The session's answer to one of the requests of require_input(): once all are there, run() again.
  void take_input(const std::string& key, const boost::json::value* result, const boost::json::value* error);
  /// Hands the request to its handler.
  void start();

 protected:
  explicit Call(CallContext&& context);
  virtual void run() = 0;
  /// Sends the members of a result object, in pieces and without braces around them. `error` is what an
  /// observer is told.
  void finish(std::initializer_list<std::string_view> members, std::string_view error = {});
  /// For observers: of tools/call.
  [[nodiscard]] virtual std::string_view tool_name() const noexcept { return {}; }
  /// It was cancelled: nothing more is to be sent.
  virtual void cancelled() {}
  /// The client cannot, or will not, give what was asked.
  virtual void refuse_input(const RpcError& error, std::string_view why);

  [[nodiscard]] const CallContext& context() const noexcept { return context_; }
  /// Whether the caller may send the answer: the first who asks.
  [[nodiscard]] bool take_answer();
  void send_answer(std::string message, int http_status);

 private:
  /// Holds the call while it cancels it, and none that is about to go.
  struct OnGone {
    std::weak_ptr<Call> call;
    void operator()() const {
      if (const auto held = call.lock()) held->cancel();
    }
  };
  void tell_observer(std::string_view error) const noexcept;
  void send_input_required(const std::vector<InputRequest>& requests, const std::string& state);

  CallContext context_;
  std::string progress_token_;
  std::int64_t began_ = 0;
  std::stop_source stop_;
  std::atomic<bool> answered_ = false;
  mutable std::mutex mutex_;  // guards the three below
  boost::json::object inputs_;
  std::size_t awaited_ = 0;
  std::string next_state_;
  std::optional<std::stop_callback<OnGone>> on_gone_;  // last: it calls into the rest
};

/// tools/call.
class ToolCall final : public Call {
 public:
  ToolCall(CallContext&& context, const Tool& tool, const boost::json::object& arguments)
      : Call(std::move(context)), tool_(&tool), arguments_(&arguments) {}
  [[nodiscard]] const Tool& tool() const noexcept { return *tool_; }
  /// Valid by the tool's input schema.
  [[nodiscard]] const boost::json::object& arguments() const noexcept { return *arguments_; }
  void reply(const ToolResult& result);

 private:
  void run() override;
  void refuse_input(const RpcError& error, std::string_view why) override;
  [[nodiscard]] std::string_view tool_name() const noexcept override;

  const Tool* tool_;
  const boost::json::object* arguments_;
};

/// resources/read.
class ReadCall final : public Call {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;
  ReadCall(CallContext&& context, std::string uri, const Resource* resource, const ResourceTemplate* pattern,
           Variables variables)
      : Call(std::move(context)),
        uri_(std::move(uri)),
        resource_(resource),
        template_(pattern),
        variables_(std::move(variables)) {}
  [[nodiscard]] const std::string& uri() const noexcept { return uri_; }
  /// The value of a template's variable, decoded; empty when it has none of this name.
  [[nodiscard]] std::string_view variable(std::string_view name) const noexcept;
  void reply(const std::vector<ResourceContents>& contents);
  /// There is no such resource; `message` says what there is.
  void not_found(std::string message);

 private:
  void run() override;

  std::string uri_;
  const Resource* resource_;
  const ResourceTemplate* template_;
  Variables variables_;
};

/// prompts/get.
class PromptCall final : public Call {
 public:
  PromptCall(CallContext&& context, const Prompt& prompt) : Call(std::move(context)), prompt_(&prompt) {}
  /// Empty when it was not given.
  [[nodiscard]] std::string_view argument(std::string_view name) const noexcept;
  /// `messages` is a JSON array, as PromptMessages makes it.
  void reply(std::string_view messages, std::string_view description = {});

 private:
  void run() override;

  const Prompt* prompt_;
};

/// completion/complete.
class CompletionCall final : public Call {
 public:
  using Handler = std::function<void(std::shared_ptr<CompletionCall>)>;
  CompletionCall(CallContext&& context, const Handler& handler, std::string_view argument,
                 std::string_view value)
      : Call(std::move(context)), handler_(&handler), argument_(argument), value_(value) {}
  [[nodiscard]] std::string_view argument() const noexcept { return argument_; }
  /// What was typed so far.
  [[nodiscard]] std::string_view value() const noexcept { return value_; }
  /// The value of another argument that is settled already; empty: none.
  [[nodiscard]] std::string_view settled(std::string_view name) const noexcept;
  /// The values that begin with what was typed come first, then those that contain it; the others are left
  /// out. At most 100 are sent, with the number of all.
  void reply(const std::vector<std::string>& candidates);

 private:
  void run() override;

  const Handler* handler_;
  std::string_view argument_;
  std::string_view value_;
};

using ToolHandler = std::function<void(std::shared_ptr<ToolCall>)>;
using ReadHandler = std::function<void(std::shared_ptr<ReadCall>)>;
using PromptHandler = std::function<void(std::shared_ptr<PromptCall>)>;
using CompletionHandler = CompletionCall::Handler;

}  // namespace penstock::protocol::mcp
