// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/condition.hpp"

#include <gtest/gtest.h>

#include "base/units.hpp"

namespace forkmend::policy {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

Condition compiled(std::string_view text) {
  auto result = compile_condition(text);
  if (auto* condition = std::get_if<Condition>(&result)) return std::move(*condition);
  ADD_FAILURE() << text << ": " << std::get<std::string>(result);
  return {};
}

FactSet with(std::string_view name, FactValue value, std::string_view unit) {
  FactSet facts;
  facts.set(name, std::move(value), unit, "test");
  return facts;
}

Truth ask(std::string_view text, FactValue value, std::string_view unit = "") {
  const Condition condition = compiled(text);
  return evaluate(condition, with(condition.fact, std::move(value), unit));
}

TEST(Conditions, CompareCounts) {
  EXPECT_EQ(ask("host.overcommit_memory == 2", std::int64_t{2}), Truth::yes);
  EXPECT_EQ(ask("host.overcommit_memory == 2", std::int64_t{0}), Truth::no);
  EXPECT_EQ(ask("host.overcommit_memory != 2", std::int64_t{0}), Truth::yes);
  EXPECT_EQ(ask("instance.threads < 5", std::int64_t{5}), Truth::no);
  EXPECT_EQ(ask("instance.threads <= 5", std::int64_t{5}), Truth::yes);
  EXPECT_EQ(ask("instance.threads > 5", std::int64_t{5}), Truth::no);
  EXPECT_EQ(ask("instance.threads >= 5", std::int64_t{5}), Truth::yes);
  EXPECT_EQ(ask("instance.threads>=5", std::int64_t{6}), Truth::yes);
}

TEST(Conditions, CompareSizesInBytes) {
  EXPECT_EQ(ask("forecast.shortfall < 8GiB", 8 * kGiB - 1), Truth::yes);
  EXPECT_EQ(ask("forecast.shortfall < 8GiB", 8 * kGiB), Truth::no);
  EXPECT_EQ(ask("host.mem_free == 8gb", 8 * kGiB), Truth::yes);
  EXPECT_EQ(ask("host.mem_free == 8589934592", 8 * kGiB), Truth::yes);
}

TEST(Conditions, CompareKernelKilobytesInTheirOwnUnit) {
  EXPECT_EQ(ask("host.overcommit_kbytes == 1GiB", std::int64_t{1048576}), Truth::yes);
  EXPECT_EQ(ask("host.overcommit_kbytes == 1048576", std::int64_t{1048576}), Truth::yes);
  EXPECT_EQ(ask("host.overcommit_kbytes > 1536B", std::int64_t{1}), Truth::no);
  EXPECT_EQ(ask("host.overcommit_kbytes > 1536B", std::int64_t{2}), Truth::yes);
}

TEST(Conditions, DoNotRoundBigNumbers) {
  EXPECT_EQ(ask("host.mem_total == 9007199254740993", std::int64_t{9007199254740992}), Truth::no);
  EXPECT_EQ(ask("instance.nproc_soft == unlimited", kUnlimited), Truth::yes);
  EXPECT_EQ(ask("instance.nproc_soft == unlimited", kUnlimited - 1), Truth::no);
}

TEST(Conditions, ComparePercentages) {
  EXPECT_EQ(ask("host.overcommit_ratio >= 50%", std::int64_t{50}), Truth::yes);
  EXPECT_EQ(ask("host.overcommit_ratio >= 50.5", std::int64_t{50}), Truth::no);
}

TEST(Conditions, CompareFlagsAndStrings) {
  EXPECT_EQ(ask("host.systemd == yes", true), Truth::yes);
  EXPECT_EQ(ask("host.systemd == true", false), Truth::no);
  EXPECT_EQ(ask("host.systemd == true", std::string("yes")), Truth::unknown);
  EXPECT_EQ(ask("host.thp_enabled == always", std::string("always")), Truth::yes);
  EXPECT_EQ(ask("host.os_version == 12", std::string("12")), Truth::yes);
  EXPECT_EQ(ask("host.container == 'a b'", std::string("a b")), Truth::yes);
}

TEST(Conditions, TakeAnyOfAList) {
  EXPECT_EQ(ask("host.overcommit_memory in [0,1]", std::int64_t{1}), Truth::yes);
  EXPECT_EQ(ask("host.overcommit_memory in [0, 1]", std::int64_t{2}), Truth::no);
  EXPECT_EQ(ask("host.os_id in [debian, 'linux, mint']", std::string("linux, mint")), Truth::yes);
  EXPECT_EQ(ask("redis.x in [1, 2]", std::string("one")), Truth::unknown);
  EXPECT_EQ(ask("redis.x in [1, one]", std::string("one")), Truth::yes);
}

TEST(Conditions, SearchWithExpressions) {
  EXPECT_EQ(ask("host.kernel_release matches '^4\\.19'", std::string("4.19.0-26")), Truth::yes);
  EXPECT_EQ(ask("host.kernel_release matches '^4\\.19'", std::string("5.4.19")), Truth::no);
  EXPECT_EQ(ask("redis.redis_version matches 7", std::int64_t{7}), Truth::yes);
}

TEST(Conditions, SearchInPolynomialTimeAndBoundedLength) {
  const std::string hostile = std::string(4000, 'a') + "b";
  EXPECT_EQ(ask("instance.cwd matches '^(a+)+$'", hostile), Truth::no);
  EXPECT_EQ(ask("instance.cwd matches a", std::string(4097, 'a')), Truth::unknown);
}

TEST(Conditions, TakeServerFieldsAsTheyCome) {
  EXPECT_EQ(ask("redis.config.maxmemory > 1GiB", std::string("2147483648")), Truth::yes);
  EXPECT_EQ(ask("redis.config.maxmemory > 1GiB", std::string("plenty")), Truth::unknown);
  EXPECT_EQ(ask("redis.mem_fragmentation_ratio > 1.5", 1.6), Truth::yes);
  EXPECT_EQ(ask("redis.used_memory > 1gb", 2 * kGiB), Truth::yes);
  EXPECT_EQ(ask("redis.redis_version == 7.0", std::string("7.0.15")), Truth::unknown);
  EXPECT_EQ(ask("redis.redis_version == '7.0.15'", std::string("7.0.15")), Truth::yes);
  EXPECT_EQ(ask("redis.arch_bits == '64'", std::int64_t{64}), Truth::yes);
  EXPECT_EQ(ask("redis.uptime > 5min", std::int64_t{301}), Truth::yes);
  EXPECT_EQ(ask("redis.config.save != ''", std::string("900 1")), Truth::yes);
}

TEST(Conditions, AreUnknownOverAnUnknownFact) {
  const Condition condition = compiled("host.overcommit_memory != 2");
  EXPECT_EQ(evaluate(condition, FactSet()), Truth::unknown);
  for (const FactState state :
       {FactState::unreadable, FactState::not_applicable, FactState::unknown}) {
    FactSet facts;
    facts.set_missing("host.overcommit_memory", state, "/proc/sys/vm/overcommit_memory", "why");
    EXPECT_EQ(evaluate(condition, facts), Truth::unknown);
  }
}

TEST(Conditions, ExplainThemselves) {
  const Condition mode = compiled("host.overcommit_memory == 2");
  EXPECT_EQ(explain(mode, with("host.overcommit_memory", std::int64_t{0}, "count")),
            "host.overcommit_memory == 2 does not hold: it is 0");
  EXPECT_EQ(explain(mode, FactSet()), "host.overcommit_memory == 2 is unknown: nobody looked");
  FactSet facts;
  facts.set_missing("host.overcommit_memory", FactState::unreadable, "/proc",
                    "Permission denied\x1b[31m");
  EXPECT_EQ(explain(mode, facts),
            "host.overcommit_memory == 2 is unknown: unreadable, Permission denied\\x1b[31m");
  EXPECT_EQ(explain(compiled("forecast.shortfall < 8GiB"),
                    with("forecast.shortfall", 12 * kGiB, "bytes")),
            "forecast.shortfall < 8GiB does not hold: it is 12 GiB");
  EXPECT_EQ(explain(compiled("redis.config.maxmemory > 1GiB"),
                    with("redis.config.maxmemory", std::string("plenty"), "text")),
            "redis.config.maxmemory > 1GiB is unknown: \"plenty\" cannot be compared with it");
}

TEST(Conditions, SuggestFactsWithTheirLevel) {
  EXPECT_EQ(suggest_fact("instance.pids.3.mxa"), "\"instance.pids.3.max\"");
  EXPECT_EQ(suggest_fact("nothing.like.it.at.all"), std::nullopt);
}

}  // namespace
}  // namespace forkmend::policy
