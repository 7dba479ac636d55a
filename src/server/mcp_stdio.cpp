#include "server/mcp_stdio.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/line_writer.hpp"
#include "server/request_id.hpp"

namespace penstock::server {
namespace mcp = protocol::mcp;
namespace {

/// How many requests still owe an answer.
class Owed {
 public:
  void begin() {
    const std::scoped_lock lock(mutex_);
    ++count_;
  }
  void end() {
    {
      const std::scoped_lock lock(mutex_);
      --count_;
    }
    changed_.notify_all();
  }
  void wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

/// Calls may outlive the loop that read them.
struct Wire {
  explicit Wire(int descriptor) : writer(descriptor) {}
  LineWriter writer;
  Owed owed;
};

class LineOutlet final : public mcp::Outlet {
 public:
  explicit LineOutlet(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) { wire_->owed.begin(); }
  ~LineOutlet() override { wire_->owed.end(); }
  void send(std::string message, bool droppable) override {
    wire_->writer.write(std::move(message), droppable);
  }
  void answer(std::string message, int /*http_status*/) override {
    if (!message.empty()) wire_->writer.write(std::move(message), false);
  }

 private:
  std::shared_ptr<Wire> wire_;
};

/// What belongs to no request.
class ChannelOutlet final : public mcp::Outlet {
 public:
  explicit ChannelOutlet(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  void send(std::string message, bool droppable) override {
    wire_->writer.write(std::move(message), droppable);
  }
  void answer(std::string /*message*/, int /*http_status*/) override {}

 private:
  std::shared_ptr<Wire> wire_;
};

/// Wakes poll() when a stop is asked for.
class Wake {
 public:
  Wake() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  ~Wake() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  void operator()() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
  }

 private:
  int descriptor_;
};

/// Splits what is read into lines, of which none grows beyond a bound.
class Lines {
 public:
  explicit Lines(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Calls `line` for each that is whole; with nothing for one that was too long.
  template <typename Line>
  void take(std::string_view bytes, const Line& line) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (begun_.size() + part.size() > max_bytes_) {
        too_long_ = true;
        begun_ = {};
      } else if (!too_long_) {
        begun_ += part;
      }
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      if (std::exchange(too_long_, false))
        line(std::optional<std::string_view>());
      else
        line(std::optional<std::string_view>(begun_));
      begun_.clear();
    }
  }

 private:
  std::size_t max_bytes_;
  std::string begun_;
  bool too_long_ = false;
};

class Pipe {
 public:
  Pipe(const std::shared_ptr<mcp::Server>& server, const McpStdioOptions& options)
      : server_(server),
        options_(options),
        session_(server->open_session()),
        wire_(std::make_shared<Wire>(options.output)),
        lines_(server->options().messages.max_bytes) {
    session_->set_channel(std::make_shared<ChannelOutlet>(wire_));
  }

  Result<void> run(std::stop_token stop) {
    const Wake wake;
    const std::stop_callback on_stop(std::move(stop), std::ref(wake));
    Result<void> ended;
    for (;;) {
      auto more = read(wake.descriptor());
      if (!more) ended = pass_error(more);
      if (!more || !*more) break;
    }
    wire_->owed.wait(options_.grace);
    session_->close();
    session_->set_channel(nullptr);
    return ended;
  }

 private:
  /// False at the end.
  Result<bool> read(int wake) {
    if (!wire_->writer.wait_for_room()) return false;
    const auto& task = options_.side_task;
    std::array<pollfd, 3> ready{{{.fd = options_.input, .events = POLLIN, .revents = 0},
                                 {.fd = wake, .events = POLLIN, .revents = 0},
                                 {.fd = task ? task->descriptor : -1, .events = POLLIN, .revents = 0}}};
    if (::poll(ready.data(), ready.size(), milliseconds_to_wait()) < 0 && errno != EINTR)
      return fail(ErrorCode::internal, "Waiting for input failed.");
    if (task && ready[2].revents != 0) task->on_readable();
    if (const auto due = task ? task->due() : std::nullopt; due && *due <= McpSideTask::Clock::now())
      task->on_due();
    if (ready[1].revents != 0) return false;
    if (ready[0].revents == 0) return true;
    std::array<char, 65536> buffer;  // NOLINT: read() writes before we read
    const ssize_t count = ::read(options_.input, buffer.data(), buffer.size());
    if (count < 0)
      return errno == EINTR || errno == EAGAIN ? Result<bool>(true)
                                               : fail(ErrorCode::internal, "Reading input failed.");
    lines_.take({buffer.data(), static_cast<std::size_t>(count)},
                [this](const std::optional<std::string_view>& line) { take(line); });
    return count > 0;
  }

  /// Until the side task is due; -1: for whatever else there is.
  [[nodiscard]] int milliseconds_to_wait() const {
    const auto due = options_.side_task ? options_.side_task->due() : std::nullopt;
    if (!due) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - McpSideTask::Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  void take(const std::optional<std::string_view>& line) {
    if (line && line->find_first_not_of(" \t\r") == std::string_view::npos) return;
    const auto outlet = std::make_shared<LineOutlet>(wire_);
    if (!line)
      return outlet->answer(
          mcp::error_message({}, mcp::RpcError(mcp::RpcCode::parse_error, "The line is too long.")), 200);
    auto document = mcp::Document::parse(*line, server_->options().messages);
    if (!document) return outlet->answer(mcp::error_message({}, document.error()), 200);
    mcp::Inbound inbound;
    inbound.document = std::move(*document);
    inbound.session = session_;
    inbound.outlet = outlet;
    inbound.caller = options_.principal;
    inbound.request_id = new_request_id();
    server_->receive(inbound);
  }

  std::shared_ptr<mcp::Server> server_;
  McpStdioOptions options_;
  std::shared_ptr<mcp::Session> session_;
  std::shared_ptr<Wire> wire_;
  Lines lines_;
};

}  // namespace

Result<void> serve_mcp_stdio(const std::shared_ptr<mcp::Server>& server, std::stop_token stop,
                             const McpStdioOptions& options) {
  return Pipe(server, options).run(std::move(stop));
}

}  // namespace penstock::server
