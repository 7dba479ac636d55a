#include "protocol/mcp/call.hpp"

#include "protocol/json_text.hpp"
#include "protocol/mcp/envelope.hpp"
#include "protocol/mcp/server.hpp"
#include "protocol/mcp/state_seal.hpp"

namespace penstock::protocol::mcp {
namespace json = boost::json;
namespace {

std::string read_progress_token(const json::value* token) {
  const bool good = token != nullptr && (token->is_string() || token->is_int64() || token->is_uint64());
  return good ? json::serialize(*token) : std::string();
}

}  // namespace

Call::Call(CallContext&& context)
    : context_(std::move(context)),
      progress_token_(read_progress_token(context_.message.meta.progress_token)) {
  if (const auto& observer = context_.settings->options.observer) began_ = observer->now();
}

Call::~Call() {
  on_gone_.reset();
  if (!take_answer()) return;
  tell_observer("internal");
  send_answer(error_message(id(), RpcError(RpcCode::internal_error, "The request came to no answer.")), 200);
}

void Call::tell_observer(std::string_view error) const noexcept {
  if (const auto& observer = context_.settings->options.observer)
    observer->call_ended({.method = method(),
                          .tool = tool_name(),
                          .error = error,
                          .request_id = context_.request_id,
                          .trace_parent = context_.trace_parent,
                          .began = began_});
}

void Call::start() {
  if (context_.gone.stop_possible()) on_gone_.emplace(context_.gone, OnGone{weak_from_this()});
  if (!answered()) run();
}

bool Call::take_answer() {
  return !answered_.exchange(true);
}

void Call::send_answer(std::string message, int http_status) {
  if (context_.session) context_.session->end(*this);
  context_.outlet->answer(std::move(message), http_status);
}

void Call::cancel() {
  if (take_answer()) {
    tell_observer("cancelled");
    send_answer({}, 202);
  }
  stop_.request_stop();
  cancelled();
}

void Call::finish(std::initializer_list<std::string_view> members, std::string_view error) {
  if (!take_answer()) return;
  tell_observer(error);
  send_answer(complete_message(rules(), *context_.settings, id(), members), 200);
}

void Call::fail(const RpcError& error) {
  if (!take_answer()) return;
  tell_observer(std::to_string(static_cast<int>(error.code)));
  send_answer(error_message(id(), error), error.http_status);
}

void Call::progress(double done, std::optional<double> total, std::string_view message) {
  if (progress_token_.empty() || answered()) return;
  std::string params = R"({"progressToken":)" + progress_token_ + R"(,"progress":)";
  append_json_number(params, done);
  if (total) {
    params += R"(,"total":)";
    append_json_number(params, *total);
  }
  if (!message.empty() && rules().progress_message) {
    params += R"(,"message":)";
    append_json_string(params, message);
  }
  params += '}';
  context_.outlet->send(method_message("notifications/progress", params), true);
}

void Call::log(LogLevel level, std::string_view logger, std::string_view data) {
  if (answered() || !context_.settings->options.logging) return;
  std::optional<LogLevel> wanted = context_.log_level;
  if (!rules().stateless && context_.session) wanted = context_.session->log_level();
  if (!wanted || level < *wanted) return;
  std::string params = R"({"level":")" + std::string(to_string(level)) + '"';
  if (!logger.empty()) {
    params += R"(,"logger":)";
    append_json_string(params, logger);
  }
  params += R"(,"data":)";
  params += data;
  params += '}';
  context_.outlet->send(method_message("notifications/message", params), true);
}

void Call::close_stream() {
  context_.outlet->close_stream();
}

const json::object* Call::input(std::string_view key) const {
  if (const json::object* responses = object_member(params(), "inputResponses"))
    if (const json::object* response = object_member(*responses, key)) return response;
  const std::scoped_lock lock(mutex_);
  return object_member(inputs_, key);
}

void Call::require_input(const std::vector<InputRequest>& requests, std::string state) {
  for (const InputRequest& request : requests) {
    if (client().allow(request.method)) continue;
    const std::string capability(capability_of(request.method));
    RpcError error(RpcCode::missing_client_capability,
                   "This needs a client that can answer " + request.method + ".", 400);
    error.data = R"({"requiredCapabilities":{")" + capability + R"(":{}}})";
    return refuse_input(error, "the client does not declare the capability " + capability);
  }
  if (rules().stateless) return send_input_required(requests, state);
  if (!context_.session || requests.empty())
    return fail(RpcCode::internal_error, "There is nobody to ask for input.");
  {
    const std::scoped_lock lock(mutex_);
    awaited_ = requests.size();
    next_state_ = std::move(state);
  }
  context_.session->ask(shared_from_this(), *context_.outlet, requests);
}

void Call::send_input_required(const std::vector<InputRequest>& requests, const std::string& state) {
  if (!take_answer()) return;
  tell_observer({});
  std::string result = R"({"resultType":"input_required")";
  if (!requests.empty()) {
    result += R"(,"inputRequests":{)";
    for (const InputRequest& request : requests) {
      if (&request != requests.data()) result += ',';
      append_json_string(result, request.key);
      result += R"(:{"method":")" + request.method + R"(","params":)" + request.params + '}';
    }
    result += '}';
  }
  if (!state.empty()) {
    result += R"(,"requestState":)";
    append_json_string(result, seal_state(*context_.settings, state, method(), params()));
  }
  result += R"(,"_meta":{"io.modelcontextprotocol/serverInfo":)" + context_.settings->info_json + "}}";
  send_answer(result_message(id(), result), 200);
}

void Call::take_input(const std::string& key, const json::value* result, const json::value* error) {
  if (answered()) return;
  if (result == nullptr || !result->is_object()) {
    const json::object* failure = error == nullptr ? nullptr : error->if_object();
    const std::string_view said = failure == nullptr ? "" : string_member(*failure, "message");
    return refuse_input(
        RpcError(RpcCode::internal_error, "The client could not answer: " + std::string(said)),
        "the client could not answer: " + std::string(said));
  }
  {
    const std::scoped_lock lock(mutex_);
    inputs_[key] = *result;
    if (awaited_ == 0) return;
    --awaited_;
    if (awaited_ > 0) return;
    context_.state = std::exchange(next_state_, {});
  }
  run();
}

void Call::refuse_input(const RpcError& error, std::string_view /*why*/) {
  fail(error);
}

}  // namespace penstock::protocol::mcp
