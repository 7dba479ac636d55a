// A client of the imagination: hands messages to a server and looks at what comes back.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "core/ascii_case.hpp"
#include "protocol/mcp/server.hpp"

namespace penstock::protocol::mcp {

/// Keeps what a request was told.
class RecordingOutlet final : public Outlet {
 public:
  void send(std::string message, bool /*droppable*/) override {
    const std::scoped_lock lock(mutex_);
    sent_.push_back(std::move(message));
  }
  void come_again_after(std::chrono::milliseconds wait) override {
    const std::scoped_lock lock(mutex_);
    wait_ = wait;
  }
  void answer(std::string message, int http_status) override {
    const std::scoped_lock lock(mutex_);
    ++answers_;
    answer_ = std::move(message);
    status_ = http_status;
  }
  bool keep() override { return kept_ = true; }
  void close_stream() override { closed_ = true; }

  [[nodiscard]] std::vector<boost::json::object> sent() const {
    const std::scoped_lock lock(mutex_);
    std::vector<boost::json::object> parsed;
    for (const std::string& message : sent_)
      parsed.push_back(boost::json::parse(message).as_object());
    return parsed;
  }
  [[nodiscard]] boost::json::value answer() const {
    const std::scoped_lock lock(mutex_);
    return answer_.empty() ? boost::json::value() : boost::json::parse(answer_);
  }
  [[nodiscard]] int answers() const {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }
  [[nodiscard]] int status() const { return status_; }
  /// After which the client may come again; zero: it is not turned away.
  [[nodiscard]] std::chrono::milliseconds wait() const { return wait_; }
  [[nodiscard]] bool kept() const { return kept_; }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> sent_;
  std::string answer_;
  int answers_ = 0;
  int status_ = 0;
  std::chrono::milliseconds wait_{0};
  bool kept_ = false;
  bool closed_ = false;
};

class MapHeaders final : public RequestHeaders {
 public:
  explicit MapHeaders(std::multimap<std::string, std::string> headers) : headers_(std::move(headers)) {}
  [[nodiscard]] std::string_view value(std::string_view name) const override {
    for (const auto& [header, value] : headers_)
      if (equal_ignoring_case(header, name)) return value;
    return {};
  }
  [[nodiscard]] std::size_t count(std::string_view name) const override {
    std::size_t count = 0;
    for (const auto& [header, value] : headers_)
      count += equal_ignoring_case(header, name) ? 1 : 0;
    return count;
  }

 private:
  std::multimap<std::string, std::string> headers_;
};

/// One server and one client of it.
class Client {
 public:
  explicit Client(Catalog catalog, ServerOptions options = {})
      : server_(std::make_shared<Server>(ServerInfo{.name = "test", .version = "1"}, std::move(options),
                                         std::move(catalog))) {}

  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] std::shared_ptr<Session> session() { return session_; }

  /// Begins a session of a revision. `capabilities` is a JSON object.
  std::shared_ptr<RecordingOutlet> initialize(std::string_view revision,
                                              std::string_view capabilities = "{}") {
    session_ = server_->open_session();
    return send(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
                std::string(revision) + R"(","capabilities":)" + std::string(capabilities) +
                R"(,"clientInfo":{"name":"c","version":"1"}}})");
  }
  std::shared_ptr<RecordingOutlet> send(std::string_view text, const RequestHeaders* headers = nullptr,
                                        std::stop_token gone = {}) {
    auto outlet = std::make_shared<RecordingOutlet>();
    auto document = Document::parse(text, server_->options().messages);
    if (!document) {
      outlet->answer(error_message({}, document.error()), document.error().http_status);
      return outlet;
    }
    Inbound inbound;
    inbound.document = *document;
    inbound.headers = headers;
    inbound.gone = std::move(gone);
    inbound.session = session_;
    inbound.outlet = outlet;
    server_->receive(inbound);
    return outlet;
  }
  /// A request of the session. `params` is a JSON object.
  std::shared_ptr<RecordingOutlet> request(std::string_view method, std::string_view params = "{}",
                                           int id = 1) {
    return send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + std::string(method) +
                R"(","params":)" + std::string(params) + "}");
  }
  /// A request that stands alone. `members` are those of params beside `_meta`.
  std::shared_ptr<RecordingOutlet> stateless(std::string_view method, std::string_view members = "",
                                             std::string_view capabilities = "{}",
                                             const RequestHeaders* headers = nullptr,
                                             std::stop_token gone = {}) {
    std::string text = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":{)";
    text += members;
    if (!members.empty()) text += ',';
    text += R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
            R"("io.modelcontextprotocol/clientCapabilities":)" +
            std::string(capabilities) + "}}}";
    return send(text, headers, std::move(gone));
  }

 private:
  std::shared_ptr<Server> server_;
  std::shared_ptr<Session> session_;
};

/// The code of an answer that is an error; 0 of one that is none.
inline int error_code(const RecordingOutlet& outlet) {
  const boost::json::value answer = outlet.answer();
  if (!answer.is_object() || !answer.as_object().contains("error")) return 0;
  return static_cast<int>(answer.at("error").at("code").as_int64());
}

/// A tool that answers at once.
inline Tool simple_tool(std::string name, ToolHandler handler = nullptr) {
  Tool tool;
  tool.name = std::move(name);
  tool.handler = handler ? std::move(handler) : [](const std::shared_ptr<ToolCall>& call) {
    call->reply(ToolResult::of_text("done"));
  };
  return tool;
}

}  // namespace penstock::protocol::mcp
