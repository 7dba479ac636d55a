// A server on loopback that gives the answer it is told to, or none.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace penstock::test {

/// Serves one connection at a time.
class ScriptedIssuer {
 public:
  ScriptedIssuer();
  ScriptedIssuer(const ScriptedIssuer&) = delete;
  ScriptedIssuer& operator=(const ScriptedIssuer&) = delete;
  ~ScriptedIssuer();

  /// "http://127.0.0.1:PORT"
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// With status 200, as JSON.
  void answer(std::string_view body);
  /// These bytes, whatever is asked, and the end.
  void answer_raw(std::string bytes);
  /// Takes in requests and says nothing.
  void hang();
  /// How many requests came in.
  [[nodiscard]] int requests() const noexcept { return requests_; }
  [[nodiscard]] std::string last_request() const;

 private:
  void run(const std::stop_token& stop);
  void serve(int connection, const std::stop_token& stop);

  int listener_ = -1;
  std::string url_;
  std::atomic<int> requests_ = 0;
  mutable std::mutex mutex_;  // guards the two below
  std::optional<std::string> answer_;
  std::string last_request_;
  std::jthread thread_;
};

}  // namespace penstock::test
