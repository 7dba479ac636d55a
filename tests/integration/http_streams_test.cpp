// Answers whose end is not known at their beginning, and clients that do not wait for it.

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "integration/http_site.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

server::HttpResponse head_of(std::string type) {
  return {.status = 200, .content_type = std::move(type), .headers = {}, .body = {}};
}

/// What is in a gzip stream so far.
std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(std::size_t{1} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_SYNC_FLUSH);
  EXPECT_TRUE(result == Z_OK || result == Z_STREAM_END) << result;
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

/// The next chunk's content, read as a client that shows events as they come does.
std::string next_event(HttpClient& client) {
  std::string bytes;
  while (!bytes.ends_with("\n\n") && !bytes.ends_with("\n\n\r\n")) {
    const std::string more = client.read_some();
    if (more.empty()) return "ended: " + bytes;
    bytes += more;
  }
  const std::size_t begin = bytes.find("data:");
  return bytes.substr(begin, bytes.find("\n\n") - begin);
}

TEST(HttpStreams, SendEachEventAtOnce) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held", "Accept-Encoding: gzip\r\n"));
  const auto exchange = site.next();
  exchange->begin(head_of("text/event-stream"));
  const HttpAnswer head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("transfer-encoding"), "chunked");
  EXPECT_THAT(head.header("content-encoding"), IsEmpty());
  for (const std::string event : {"data: one", "data: two", "data: three"}) {
    exchange->write(event + "\n\n", nullptr);
    EXPECT_EQ(next_event(client), event);
  }
  exchange->end();
  ASSERT_TRUE(client.get("/next"));
}

TEST(HttpStreams, AreWholeAndTheConnectionGoesOn) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  auto head = head_of("text/csv");
  head.body = "a,b\n";
  exchange->begin(std::move(head));
  std::string expected = "a,b\n";
  for (int i = 0; i < 1000; ++i) {
    const std::string row = std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x') + "\n";
    expected += row;
    exchange->write(row, nullptr);
  }
  exchange->write("", nullptr);
  exchange->end();
  const HttpAnswer answer = client.read();
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.body, expected);
  ASSERT_TRUE(client.get("/next"));
  EXPECT_EQ(client.read().body, "GET /next? ");
}

TEST(HttpStreams, OneThatBreaksOffIsNotTakenForAWholeOne) {
  HttpSite site;
  for (const std::string version : {"1.1", "1.0"}) {
    HttpClient client(site.url());
    ASSERT_TRUE(client.send("GET /held HTTP/" + version + "\r\nHost: localhost\r\n\r\n"));
    const auto exchange = site.next();
    exchange->begin(head_of("text/csv"));
    std::atomic<bool> written = false;
    exchange->write("half", [&](bool) { written = true; });
    ASSERT_TRUE(wait_until([&] { return written.load(); }));
    exchange->abort();
    const HttpAnswer answer = client.read();
    EXPECT_EQ(answer.status, 200) << version;
    EXPECT_FALSE(answer.is_whole) << version;
  }
}

TEST(HttpStreams, OfHttp10EndWithTheConnection) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("GET /held HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"));
  const auto exchange = site.next();
  exchange->begin(head_of("text/csv"));
  exchange->write("one\n", nullptr);
  exchange->write("two\n", nullptr);
  exchange->end();
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(answer.body, "one\ntwo\n");
  EXPECT_TRUE(answer.is_whole);
}

TEST(HttpStreams, OfHeadHaveNoContent) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.send("HEAD /held HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto exchange = site.next();
  exchange->begin(head_of("text/csv"));
  bool wants_more = true;
  exchange->write("row\n", [&](bool more) { wants_more = more; });
  EXPECT_FALSE(wants_more);
  exchange->end();
  EXPECT_EQ(client.read(false).status, 200);
  ASSERT_TRUE(client.get("/next"));
  EXPECT_EQ(client.read().body, "GET /next? ");
}

/// Writes pieces of 64 KiB, each when the one before was taken.
class Pump : public std::enable_shared_from_this<Pump> {
 public:
  explicit Pump(std::shared_ptr<server::Exchange> exchange) : exchange_(std::move(exchange)) {}
  void next() {
    exchange_->write(std::string(65'536, 'p'), [self = shared_from_this()](bool more) {
      if (!more) {
        self->refused = true;
        return self->exchange_.reset();
      }
      ++self->pieces;
      self->next();
    });
  }
  std::atomic<int> pieces = 0;
  std::atomic<bool> refused = false;

 private:
  std::shared_ptr<server::Exchange> exchange_;
};

/// Waits until the pump has stood still for a while: nothing else says that it waits for the client.
bool stands_still(const Pump& pump) {
  int before = -1;
  return wait_until([&] {
    const int now = pump.pieces;
    std::this_thread::sleep_for(100ms);
    return std::exchange(before, now) == pump.pieces && now == pump.pieces;
  });
}

TEST(HttpStreams, WaitForASlowReaderAndStopForOneThatGoes) {
  HttpSite site;
  HttpClient client(site.url());
  client.limit_receive_buffer(16'384);
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  const auto gone = exchange->gone();
  const auto pump = std::make_shared<Pump>(exchange);
  exchange->begin(head_of("text/csv"));
  pump->next();
  ASSERT_TRUE(stands_still(*pump));
  const int taken = pump->pieces;
  EXPECT_LT(taken, 200);  // what the sockets' buffers hold, and no more
  for (int i = 0; i < 1000 && pump->pieces == taken; ++i)
    ASSERT_THAT(client.read_some(), testing::Not(IsEmpty()));
  EXPECT_TRUE(wait_until([&] { return pump->pieces > taken; }));
  EXPECT_FALSE(gone.stop_requested());
  client.close();
  EXPECT_TRUE(wait_until([&] { return pump->refused && gone.stop_requested(); }));
}

TEST(HttpStreams, AClientThatTakesNothingIsGoneAfterTheWriteTimeout) {
  HttpSite site({.write_timeout = 200ms});
  HttpClient client(site.url());
  client.limit_receive_buffer(16'384);
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  const auto gone = exchange->gone();
  const auto pump = std::make_shared<Pump>(exchange);
  exchange->begin(head_of("text/csv"));
  pump->next();
  EXPECT_TRUE(wait_until([&] { return pump->refused && gone.stop_requested(); }));
}

TEST(HttpStreams, GoneIsAskedToStopWhileAQueryRuns) {
  HttpSite site;
  enum class Way : std::uint8_t { close, reset, half_close };
  for (const Way way : {Way::close, Way::reset, Way::half_close}) {
    HttpClient client(site.url());
    ASSERT_TRUE(client.get("/held"));
    const auto exchange = site.next();
    const auto gone = exchange->gone();
    EXPECT_FALSE(gone.stop_requested());
    if (way == Way::close) client.close();
    if (way == Way::reset) client.reset();
    if (way == Way::half_close) client.end_sending();
    EXPECT_TRUE(wait_until([&] { return gone.stop_requested(); }));
    exchange->respond(echo(*exchange));  // nobody may be there: no harm
    if (way == Way::half_close) {
      EXPECT_EQ(client.read().status, 200);
    }
  }
}

TEST(HttpStreams, GoneIsSeenBehindAFullPipelineToo) {
  HttpSite site({.max_pipelined = 2});
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site.next();
  const auto gone = exchange->gone();
  std::string more;
  while (more.size() < 90'000)  // more than is read ahead; what the kernel holds must have room for the end
    more += "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.send(more));
  client.close();
  EXPECT_TRUE(wait_until([&] { return gone.stop_requested(); }));
}

TEST(HttpStreams, AnswersAfterTheServerHasGoneDoNoHarm) {
  auto site = std::make_unique<HttpSite>();
  HttpClient client(site->url());
  ASSERT_TRUE(client.get("/held"));
  const auto exchange = site->next();
  site.reset();
  EXPECT_TRUE(exchange->gone().stop_requested());
  exchange->begin(head_of("text/csv"));
  bool refused = false;
  exchange->write("row", [&](bool more) { refused = !more; });
  EXPECT_TRUE(refused);
  exchange->end();
}

TEST(HttpStreams, AreCompressedWithoutWaiting) {
  HttpSite site;
  HttpClient client(site.url());
  ASSERT_TRUE(client.get("/held", "Accept-Encoding: br, gzip;q=0.8\r\n"));
  const auto exchange = site.next();
  exchange->begin(head_of("application/json"));
  const HttpAnswer head = client.read_head();
  EXPECT_EQ(head.header("content-encoding"), "gzip");
  EXPECT_EQ(head.header("vary"), "Accept-Encoding");
  exchange->write("first", nullptr);
  // The frame of the chunk, then the gzip stream so far.
  const std::string chunk = client.read_some();
  EXPECT_EQ(gunzip(chunk.substr(chunk.find("\r\n") + 2)), "first");
  exchange->end();
}

TEST(HttpStreams, WholeAnswersAreCompressedWhereThatHelps) {
  HttpSite site;
  HttpClient client(site.url());
  const std::string large(100'000, 'z');
  const auto ask = [&](std::string_view accept, const std::string& body, const std::string& type) {
    EXPECT_TRUE(
        client.get("/held", accept.empty() ? "" : "Accept-Encoding: " + std::string(accept) + "\r\n"));
    const auto exchange = site.next();
    auto response = head_of(type);
    response.body = body;
    exchange->respond(std::move(response));
    return client.read();
  };
  const HttpAnswer packed = ask("gzip", large, "application/json; charset=utf-8");
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(gunzip(packed.body), large);
  EXPECT_EQ(ask("", large, "application/json").body, large);
  EXPECT_EQ(ask("gzip;q=0", large, "application/json").body, large);
  EXPECT_EQ(ask("gzip", large, "application/octet-stream").body, large);
  EXPECT_EQ(ask("gzip", "small", "application/json").body, "small");
}

}  // namespace
}  // namespace penstock::test
