#include "server/http_access.hpp"

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

TEST(HttpAccess, HostAndPortAreToldApart) {
  struct Case {
    std::string_view text;
    std::string_view host;
    std::string_view port;
  };
  for (const Case& each : {Case{"localhost", "localhost", ""}, Case{"LocalHost:80", "localhost", "80"},
                           Case{"example.com.:1", "example.com", "1"}, Case{"[::1]", "::1", ""},
                           Case{"[2001:DB8::1]:443", "2001:db8::1", "443"}, Case{"a_b-c.d:", "a_b-c.d", ""},
                           Case{"127.0.0.1:65535", "127.0.0.1", "65535"}}) {
    const auto parts = parse_host_and_port(each.text);
    ASSERT_TRUE(parts) << each.text;
    EXPECT_EQ(parts->host, each.host);
    EXPECT_EQ(parts->port, each.port);
  }
  for (const std::string_view text :
       {"", ":80", "a b", "user@host", "host:port", "host:1:2", "host:123456", "[::1", "[]", "[::1]x", "::1",
        "a/b", "a,b", "[localhost]", "[::1%25lo]"}) {
    EXPECT_FALSE(parse_host_and_port(text)) << text;
  }
}

TEST(HttpAccess, OwnNamesAreAllowedAndOthersAreNot) {
  const HttpAccess access({"db.example.com", "*.example.org", "with-port.example:8443"}, {},
                          {"10.0.0.7", "0.0.0.0"});
  for (const std::string_view host :
       {"localhost", "localhost:9999", "127.0.0.1", "[::1]:80", "10.0.0.7:80", "DB.example.com",
        "db.example.com.:1", "x.example.org", "x.y.example.org", "with-port.example"})
    EXPECT_TRUE(access.allows_host(host, {})) << host;
  for (const std::string_view host :
       {"", "example.org", "notexample.org", "db.example.com.evil.net", "0.0.0.0", "localhost.evil.net",
        "evil.net:80", "127.0.0.1.evil.net", "192.168.0.1", "localhost,evil.net", "[::ffff:127.0.0.1]"})
    EXPECT_FALSE(access.allows_host(host, {})) << host;
}

TEST(HttpAccess, TheAddressThatTheConnectionCameToIsAllowed) {
  const HttpAccess access({}, {}, {"0.0.0.0"});
  EXPECT_TRUE(access.allows_host("192.168.0.1:8080", "192.168.0.1"));
  EXPECT_FALSE(access.allows_host("192.168.0.2:8080", "192.168.0.1"));
  EXPECT_TRUE(access.allows_origin("http://192.168.0.1:8080", "192.168.0.1"));
}

TEST(HttpAccess, OriginsAreThoseOfAllowedHostsAndThoseNamed) {
  const HttpAccess access({"db.example.com"}, {"https://App.example.com/", "vscode-webview://x"},
                          {"127.0.0.1"});
  for (const std::string_view origin :
       {"http://localhost", "https://localhost:3000", "http://127.0.0.1:8080", "http://[::1]",
        "https://db.example.com", "https://app.example.com", "vscode-webview://x"})
    EXPECT_TRUE(access.allows_origin(origin, {})) << origin;
  for (const std::string_view origin :
       {"", "null", "https://app.example.com:444", "http://app.example.com", "https://evil.net",
        "https://localhost.evil.net", "file://localhost", "localhost", "http://", "http://user@localhost",
        "http://localhost/path"})
    EXPECT_FALSE(access.allows_origin(origin, {})) << origin;
}

TEST(HttpAccess, AStarAllowsAny) {
  const HttpAccess access({"*"}, {"*"}, {});
  EXPECT_TRUE(access.allows_host("anything.example:1", {}));
  EXPECT_FALSE(access.allows_host("not a host", {}));
  EXPECT_TRUE(access.allows_origin("null", {}));
}

}  // namespace
}  // namespace penstock::server
