// penstock_mcp_fixture [--stdio]: serves until its standard input ends. Over HTTP, on a free port; the one
// line that it prints is the URL.
#include <cstdio>
#include <memory>
#include <string_view>

#include <signal.h>

#include "mcp_fixture/fixture.hpp"
#include "server/http_server.hpp"
#include "server/mcp_http.hpp"
#include "server/mcp_stdio.hpp"
#include "server/random_token.hpp"

namespace penstock::mcp_fixture {
namespace {

namespace mcp = protocol::mcp;

std::shared_ptr<mcp::Server> make_server() {
  mcp::Catalog catalog;
  const auto hooks = std::make_shared<Hooks>();
  add_tools(catalog, hooks);
  add_input_tools(catalog);
  add_resources(catalog);
  add_prompts(catalog);
  mcp::ServerOptions options;
  options.public_lists = true;
  options.sign = [key = server::random_token()](std::string_view text) {
    return server::keyed_hash(key, text);
  };
  auto made = std::make_shared<mcp::Server>(
      mcp::ServerInfo{.name = "penstock-mcp-fixture", .title = {}, .version = "1.0.0", .instructions = {}},
      options, std::move(catalog));
  hooks->server = made;
  return made;
}

int serve_http(const std::shared_ptr<mcp::Server>& server) {
  // Before any thread: all of them leave these signals to sigwait().
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  server::McpHttp front(server);
  server::HttpOptions options;
  options.listen = {"127.0.0.1:0"};
  auto http = server::HttpServer::start(options, [&](const std::shared_ptr<server::Exchange>& exchange) {
    if (exchange->path() == "/mcp") return front.handle(exchange);
    exchange->respond({.status = 404, .content_type = {}, .headers = {}, .body = {}});
  });
  if (!http) {
    std::fprintf(stderr, "%s\n", http.error().message.c_str());
    return 1;
  }
  std::printf("%s/mcp\n", (*http)->urls().front().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  front.close();
  (*http)->stop();
  return 0;
}

int run(int argc, char** argv) {
  const auto server = make_server();
  if (argc > 1 && std::string_view(argv[1]) == "--stdio") return server::serve_mcp_stdio(server, {}) ? 0 : 1;
  return serve_http(server);
}

}  // namespace
}  // namespace penstock::mcp_fixture

int main(int argc, char** argv) {
  return penstock::mcp_fixture::run(argc, argv);
}
