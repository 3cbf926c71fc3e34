// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/notifier_options.hpp"

#include <gtest/gtest.h>

#include "notify/url.hpp"

namespace forkmend::notify {
namespace {

TEST(NotifierOptions, TakesWhatCanBeUsed) {
  EXPECT_TRUE(check({.type = NotifierType::alertmanager, .url = "http://127.0.0.1:9093"}));
  EXPECT_TRUE(check({.type = NotifierType::webhook, .url = "https://hooks.example.org/T0/x?y=1"}));
  EXPECT_TRUE(check({.type = NotifierType::email, .to = {"ops@example.org", "root"}}));
  EXPECT_TRUE(check({.type = NotifierType::command, .argv = {"/usr/local/bin/tell", "--it"}}));
}

TEST(NotifierOptions, NamesTheKeyThatIsWrong) {
  const auto message = [](const NotifierOptions& options) {
    const auto checked = check(options);
    return checked ? std::string() : checked.error().message;
  };
  using Type = NotifierType;
  for (const auto* url : {"", "127.0.0.1:9093", "ftp://x/", "http://", "http://u:p@x/",
                          "http://x:99999/", "http://x y/"}) {
    EXPECT_TRUE(message({.type = Type::webhook, .url = url}).starts_with("url: ")) << url;
  }
  for (const auto* to : {"", "a b@x", "-oQ/tmp@x", "a@x\nBcc: y", "a,b@x", "@x", "a@", "\"a\"@x"}) {
    EXPECT_TRUE(message({.type = Type::email, .to = {to}}).starts_with("to \"")) << to;
  }
  EXPECT_TRUE(message({.type = Type::email}).starts_with("to: "));
  EXPECT_TRUE(message({.type = Type::email, .to = {"a@x"}, .from = "b c"}).starts_with("from \""));
  EXPECT_TRUE(message({.type = Type::command, .argv = {"tell"}}).starts_with("command: "));
  EXPECT_TRUE(message({.type = Type::command}).starts_with("command: "));
}

TEST(NotifierOptions, TheNameStaysAndHidesTheUrl) {
  const NotifierOptions hook{.type = NotifierType::webhook, .url = "https://x/secret"};
  EXPECT_EQ(name_of(hook), name_of(hook));
  EXPECT_TRUE(name_of(hook).starts_with("webhook-")) << name_of(hook);
  EXPECT_EQ(name_of(hook).size(), std::string("webhook-01234567").size());
  EXPECT_NE(name_of(hook), name_of({.type = NotifierType::webhook, .url = "https://x/other"}));
}

TEST(HttpUrl, HasEndpointAuthorityAndTarget) {
  const auto url = parse_http_url("https://hooks.example.org/T0/x?y=%201#part");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->endpoint, (redis::Endpoint{redis::Transport::tls, "hooks.example.org", 443}));
  EXPECT_EQ(url->authority, "hooks.example.org");
  EXPECT_EQ(url->target, "/T0/x?y=%201");
  const auto v6 = parse_http_url("http://[::1]:9093");
  ASSERT_TRUE(v6) << v6.error().message;
  EXPECT_EQ(v6->endpoint, (redis::Endpoint{redis::Transport::tcp, "::1", 9093}));
  EXPECT_EQ(v6->authority, "[::1]:9093");
  EXPECT_EQ(v6->target, "/");
}

}  // namespace
}  // namespace forkmend::notify
