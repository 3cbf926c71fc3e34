// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/what_if.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"

namespace forkmend::cli {
namespace {

std::string error_of(const std::string& text) {
  const auto changes = parse_what_if({text});
  return changes ? "accepted" : changes.error().message;
}

TEST(ParseWhatIf, ReadsUnitsAsAPolicyDoes) {
  const auto changes = parse_what_if({"host.swap_total=8GiB", "host.overcommit_memory=2",
                                      "host.overcommit_ratio=80%", "host.overcommit_kbytes=1GiB",
                                      "instance.cap_sys_admin=yes", "instance.pids.0.max=max",
                                      "redis.maxmemory=4gb", "redis.config.repl-diskless-sync=no"});
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->at("host.swap_total"), FactValue(std::int64_t{8} << 30));
  EXPECT_EQ(changes->at("host.overcommit_memory"), FactValue(std::int64_t{2}));
  EXPECT_EQ(changes->at("host.overcommit_ratio"), FactValue(std::int64_t{80}));
  EXPECT_EQ(changes->at("host.overcommit_kbytes"), FactValue(std::int64_t{1} << 20));
  EXPECT_EQ(changes->at("instance.cap_sys_admin"), FactValue(true));
  EXPECT_EQ(changes->at("instance.pids.0.max"), FactValue(kUnlimited));
  EXPECT_EQ(changes->at("redis.maxmemory"), FactValue(std::int64_t{4} << 30));
  EXPECT_EQ(changes->at("redis.config.repl-diskless-sync"), FactValue(std::string("no")));
}

TEST(ParseWhatIf, SaysWhatWasProbablyMeant) {
  EXPECT_NE(error_of("host.overcomit_memory=1").find("did you mean \"host.overcommit_memory\"?"),
            std::string::npos)
      << error_of("host.overcomit_memory=1");
}

TEST(ParseWhatIf, RefusesWhatIsNoChangeOfAFact) {
  EXPECT_NE(error_of("host.overcommit_memory").find("expected FACT=VALUE"), std::string::npos);
  EXPECT_NE(error_of("=1").find("expected FACT=VALUE"), std::string::npos);
  EXPECT_NE(error_of("forecast.verdict=admitted").find("unknown fact"), std::string::npos);
  EXPECT_NE(error_of("instance.pids.*.max=3").find("unknown fact"), std::string::npos);
  EXPECT_NE(error_of("host.swap_total=lots").find("a size such as 8GiB"), std::string::npos);
  EXPECT_NE(error_of("host.overcommit_memory=2GiB").find("a number without a unit"),
            std::string::npos);
  EXPECT_NE(error_of("host.swap_total=").find("one value"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::cli
