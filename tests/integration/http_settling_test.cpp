// When answers go out that an event loop gives while it does something else.

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "config/descriptor.hpp"
#include "integration/http_site.hpp"
#include "server/event_loop.hpp"

namespace penstock::test {
namespace {

using ::testing::ElementsAre;

/// "/later" is answered by the event loop, once release() makes a socket readable; other paths at once.
class SettlingSite {
 public:
  SettlingSite() {
    server::HttpOptions options;
    options.listen = {"127.0.0.1:0"};
    options.on_answered = [this](const auto& /*answer*/) { ++sent_; };
    auto started = server::HttpServer::start(
        std::move(options),
        [this](std::shared_ptr<server::Exchange> exchange) { handle(std::move(exchange)); });
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }

  [[nodiscard]] const std::string& url() const { return server_->urls().front(); }
  /// So many have come that wait.
  [[nodiscard]] bool holds(std::size_t count) {
    return wait_until([&] { return waiting_ == count; });
  }
  /// Answers all that wait, of which there must be so many. For each, in their order, what the loop had done
  /// by the time that it had been given: so many answers sent, and other requests handled.
  [[nodiscard]] std::vector<int> release(std::size_t count) {
    EXPECT_TRUE(holds(count));
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(event_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    EXPECT_TRUE(wait_until([&] { return waiting_ == 0; }));
    return std::exchange(done_meanwhile_, {});
  }

 private:
  void handle(std::shared_ptr<server::Exchange> exchange) {
    if (exchange->path() != "/later") {
      ++handled_;
      return exchange->respond(echo(*exchange));
    }
    held_.push_back(std::move(exchange));
    if (held_.size() == 1) await();
    ++waiting_;
  }
  void await() {
    server::EventLoop::current()->await(event_.get(), server::EventLoop::Time::max(),
                                        [this](bool /*readable*/) { answer_all(); });
  }
  void answer_all() {
    std::uint64_t count = 0;
    static_cast<void>(::read(event_.get(), &count, sizeof count));
    for (const auto& exchange : std::exchange(held_, {})) {
      const int before = sent_ + handled_;
      exchange->respond(echo(*exchange));
      done_meanwhile_.push_back(sent_ + handled_ - before);
    }
    waiting_ = 0;
  }

  config::Descriptor event_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  // On the loop's thread, but for what it has done, once nothing waits.
  std::vector<std::shared_ptr<server::Exchange>> held_;
  int sent_ = 0;
  int handled_ = 0;
  std::vector<int> done_meanwhile_;
  std::atomic<std::size_t> waiting_ = 0;
  std::unique_ptr<server::HttpServer> server_;
};

TEST(HttpSettling, ASingleClientHasItsAnswerBeforeTheLoopGoesOn) {
  SettlingSite site;
  HttpClient client(site.url());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(client.get("/later"));
    EXPECT_THAT(site.release(1), ElementsAre(1));
    EXPECT_EQ(client.read().body, "GET /later? ");
  }
}

TEST(HttpSettling, AndItsNextRequestIsHandledBeforeThat) {
  SettlingSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(
      client.send("POST /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n1"
                  "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n2"));
  EXPECT_THAT(site.release(1), ElementsAre(3)) << "both answers, and the handler of the second";
  EXPECT_EQ(client.read().body, "POST /later? 1");
  EXPECT_EQ(client.read().body, "POST /? 2");
}

TEST(HttpSettling, OfSeveralTheAnswersOfOneTurnGoOutTogether) {
  SettlingSite site;
  HttpClient first(site.url());
  HttpClient second(site.url());
  const auto ask = [&](std::initializer_list<HttpClient*> clients) {
    for (HttpClient* client : clients)
      EXPECT_TRUE(client->get("/later"));
    auto meanwhile = site.release(clients.size());
    for (HttpClient* client : clients)
      EXPECT_EQ(client->read().body, "GET /later? ");
    return meanwhile;
  };
  EXPECT_THAT(ask({&first, &second}), ElementsAre(1, 0)) << "nobody knew that there are two";
  EXPECT_THAT(ask({&first, &second}), ElementsAre(0, 0));
  EXPECT_THAT(ask({&first, &second}), ElementsAre(0, 0));
  EXPECT_THAT(ask({&first}), ElementsAre(0));
  EXPECT_THAT(ask({&first}), ElementsAre(1)) << "the other one asks no more";
}

TEST(HttpSettling, AClientThatIsGoneIsNoHarm) {
  SettlingSite site;
  for (int round = 0; round < 3; ++round) {
    HttpClient client(site.url());
    ASSERT_TRUE(client.get("/later"));
    ASSERT_TRUE(site.holds(1)) << "a reset takes back what was not read";
    client.reset();
    static_cast<void>(site.release(1));
  }
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/"));
  EXPECT_EQ(client.read().body, "GET /? ");
}

}  // namespace
}  // namespace penstock::test
