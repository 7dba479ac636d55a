// Hosts' names become addresses, within the time there is.
#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "datasources/postgresql/resolver.hpp"

namespace penstock::postgresql {
namespace {

using namespace std::chrono_literals;
using Addresses = Result<std::vector<std::string>>;

Addresses look_up(const std::string& host) {
  if (host == "one") return std::vector<std::string>{"10.0.0.1"};
  if (host == "two") return std::vector<std::string>{"10.0.0.2", "::2"};
  return fail(ErrorCode::unavailable, "no such host: " + host);
}

std::string text_of(const Result<Keywords>& keywords) {
  if (!keywords) return keywords.error().message;
  std::string text;
  for (const auto& [name, value] : *keywords)
    text.append(text.empty() ? "" : " ").append(name).append("=").append(value);
  return text;
}

TEST(Resolver, GivesLibpqTheAddressesBesideTheNames) {
  Resolver resolver(look_up);
  const auto resolved = [&](const Keywords& place) {
    return text_of(resolver.resolve(place, Deadline::after(10s)));
  };
  EXPECT_EQ(resolved({{"user", "u"}, {"host", "one"}, {"port", "5432"}}),
            "user=u host=one port=5432 hostaddr=10.0.0.1");
  EXPECT_EQ(resolved({{"host", "two"}, {"port", "5432"}}),
            "host=two,two port=5432,5432 hostaddr=10.0.0.2,::2");
  EXPECT_EQ(resolved({{"host", "/run/pg,two,10.1.1.1,nowhere,one"}, {"port", "1,2,3,4,5"}}),
            "host=/run/pg,two,two,10.1.1.1,one port=1,2,2,3,5 hostaddr=,10.0.0.2,::2,,10.0.0.1");
  EXPECT_EQ(resolved({{"host", "nowhere"}, {"port", "1"}}), "no such host: nowhere");
}

TEST(Resolver, LeavesAloneWhatIsNoName) {
  Resolver resolver([](const std::string& host) -> Addresses {
    ADD_FAILURE() << host << " was looked up";
    return fail(ErrorCode::internal, "");
  });
  for (const char* host : {"127.0.0.1", "::1", "fe80::1%eth0", "/run/postgresql", "@abstract", "/a,::1"}) {
    EXPECT_EQ(text_of(resolver.resolve({{"host", host}, {"port", "1"}}, Deadline::never())),
              std::string("host=") + host + " port=1");
  }
  EXPECT_EQ(text_of(resolver.resolve({{"service", "bank"}}, Deadline::never())), "service=bank");
}

TEST(Resolver, NeverTakesLongerThanItMayAndAsksOnceForAll) {
  std::atomic<int> asked = 0;
  const auto release = std::make_shared<std::latch>(1);
  Resolver resolver([&asked, release](const std::string&) -> Addresses {
    ++asked;
    release->wait();
    return std::vector<std::string>{"10.0.0.9"};
  });
  for (int i = 0; i < 3; ++i) {
    const auto late = resolver.addresses("slow", Deadline::after(20ms));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::timeout);
    EXPECT_TRUE(late.error().retryable);
  }
  EXPECT_EQ(asked, 1);
  std::jthread waiting([&] {
    const auto found = resolver.addresses("slow", Deadline::never());
    EXPECT_EQ(found.value_or(std::vector<std::string>{}), std::vector<std::string>{"10.0.0.9"});
  });
  release->count_down();
  waiting.join();
  const int before = asked;
  EXPECT_TRUE(resolver.addresses("slow", Deadline::never()));
  EXPECT_EQ(asked, before + 1) << "an answer is not kept";
}

TEST(Resolver, ALookUpMayOutliveIt) {
  const auto release = std::make_shared<std::latch>(1);
  const auto ended = std::make_shared<std::latch>(1);
  {
    Resolver resolver([release, ended](const std::string&) -> Addresses {
      release->wait();
      ended->count_down();
      return std::vector<std::string>{"10.0.0.9"};
    });
    EXPECT_FALSE(resolver.addresses("slow", Deadline::after(1ms)));
  }
  release->count_down();
  ended->wait();
}

TEST(Resolver, TheSystemKnowsItself) {
  const auto here = Resolver::ask_system("localhost");
  ASSERT_TRUE(here) << here.error().message;
  EXPECT_FALSE(here->empty());
  const auto nowhere = Resolver::ask_system("name with blanks.invalid");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace penstock::postgresql
