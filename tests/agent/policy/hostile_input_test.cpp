// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "agent/policy/remedies.hpp"
#include "policy/policy.hpp"

namespace forkmend::policy {
namespace {

using namespace std::string_literals;

constexpr std::string_view kWhole = R"(schema = 1
mode = "heal"
[rails]
cooldown = "10m"
windows = ["mon-fri 09:00-17:00 UTC"]
[[rule]]
name = "r"
cause = ["commit-limit"]
when = ["host.overcommit_memory in [0, 1]", "host.kernel_release matches '^5'"]
try = [{ remedy = "overcommit-limit", raise_to = "auto" }]
)";

bool rejected(std::string_view text) {
  const auto result = parse_policy(text, "p.toml", testing::kRemedies);
  return std::holds_alternative<std::vector<PolicyError>>(result);
}

TEST(HostileInput, CutAnywhereNeverThrows) {
  for (std::size_t length = 0; length <= kWhole.size(); ++length) {
    EXPECT_NO_THROW(static_cast<void>(rejected(kWhole.substr(0, length)))) << length;
  }
}

TEST(HostileInput, AnyByteReplacedNeverThrows) {
  for (const char byte : {'\0', '\n', '"', '[', ']', '{', '=', '\x80', '\xff', '.', '#', '-'}) {
    for (std::size_t at = 0; at < kWhole.size(); ++at) {
      std::string text(kWhole);
      text[at] = byte;
      EXPECT_NO_THROW(static_cast<void>(rejected(text))) << at;
    }
  }
}

TEST(HostileInput, IsRejected) {
  EXPECT_TRUE(rejected("\0\0\0\0"s));
  EXPECT_TRUE(rejected("\xff\xfe schema = 1"));
  EXPECT_TRUE(rejected("schema = 1\nx = " + std::string(5000, '[')));
  EXPECT_TRUE(rejected("schema = 1\nmode = \"" + std::string(1U << 19U, 'x') + "\"\n"));
  EXPECT_TRUE(rejected("schema = 1\n[[rule]]\nname = \"r\"\ntry = []\nwhen = [\"" +
                       std::string(1U << 19U, 'x') + " == 1\"]\n"));
}

TEST(HostileInput, IsNeverPrintedRaw) {
  const auto result = parse_policy("schema = 1\nmode = \"\\u001b]0;x\\u0007\"\n\"\\u009b\" = 1\n",
                                   "p\x1b.toml", testing::kRemedies);
  const auto& errors = std::get<std::vector<PolicyError>>(result);
  ASSERT_EQ(errors.size(), 2U);
  for (const PolicyError& error : errors) {
    const std::string text = to_string(error);
    EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos) << text;
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace forkmend::policy
