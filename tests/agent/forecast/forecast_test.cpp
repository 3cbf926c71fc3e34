// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/forecast.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "facts.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/kernel_version.hpp"

namespace forkmend::forecast {
namespace {

using I = std::int64_t;

std::vector<std::string> ids(const Forecast& forecast) {
  std::vector<std::string> names;
  names.reserve(forecast.rules.size());
  for (const RuleForecast& rule : forecast.rules) names.push_back(rule.id);
  return names;
}

FactSet in_mode(I mode) {
  return healthy_facts().with({{"host.overcommit_memory", mode}});
}

TEST(Forecast, AsksInTheKernelsOrder) {
  using Names = std::vector<std::string>;
  const auto around = [](const char* overcommit) {
    return Names{"NPROC", "THR", "DL", overcommit, "MEMCG", "PIDMAX", "PIDNS", "PIDS"};
  };
  EXPECT_EQ(ids(forecast_fork(in_mode(0))), around("OC0-new"));
  EXPECT_EQ(ids(forecast_fork(in_mode(1))), around("OC1"));
  EXPECT_EQ(ids(forecast_fork(in_mode(2))), around("OC2"));
  // Kernel memory has a limit of its own before 5.16.
  const FactSet older = in_mode(1).with({{"host.kernel_release", std::string("5.10.0-30-amd64")}});
  EXPECT_EQ(ids(forecast_fork(older)),
            (Names{"NPROC", "THR", "DL", "OC1", "KMEM", "MEMCG", "PIDMAX", "PIDNS", "PIDS"}));
}

TEST(Forecast, AdmitsWhatEveryRuleAdmits) {
  for (const I mode : {0, 1, 2}) {
    const Forecast forecast = forecast_fork(in_mode(mode));
    EXPECT_EQ(forecast.verdict, Verdict::admitted) << mode;
    EXPECT_EQ(forecast.binding_rule, "") << mode;
    EXPECT_EQ(forecast.shortfall(), std::nullopt) << mode;
  }
}

TEST(Forecast, ModeOneNeverRefusesForMemory) {
  const FactSet facts = in_mode(1).with({{"instance.accountable", 1000 * kGiB},
                                         {"instance.accountable_max", 1000 * kGiB},
                                         {"host.committed_as", 1000 * kGiB}});
  EXPECT_EQ(forecast_fork(facts).verdict, Verdict::admitted);
}

TEST(Forecast, DoesNotGuessTheMode) {
  const Forecast hidden = forecast_fork(without(healthy_facts(), "host.overcommit_memory"));
  EXPECT_EQ(hidden.verdict, Verdict::unknown);
  EXPECT_EQ(hidden.binding_rule, "OC");
  EXPECT_EQ(forecast_fork(in_mode(3)).binding_rule, "OC");
}

TEST(Forecast, KnowsNothingFromNothing) {
  const Forecast forecast = forecast_fork(FactSet{});
  EXPECT_EQ(forecast.verdict, Verdict::unknown);
  for (const RuleForecast& rule : forecast.rules) EXPECT_EQ(rule.verdict, Verdict::unknown);
}

TEST(Forecast, ARefusalBindsBeforeWhatIsCloseOrUnknown) {
  // PIDS refuses last, PIDMAX is close, THR is not known.
  FactSet facts = without(healthy_facts(), "host.threads_max")
                      .with({
                          {"host.pid_max", I{800}},
                          {"instance.pids.0.max", I{5}},
                      });
  EXPECT_EQ(forecast_fork(facts).binding_rule, "PIDS");
  EXPECT_EQ(forecast_fork(facts).verdict, Verdict::refused);
  facts = facts.with({{"instance.pids.0.max", I{100}}});
  EXPECT_EQ(forecast_fork(facts).binding_rule, "PIDMAX");
  EXPECT_EQ(forecast_fork(facts).verdict, Verdict::too_close);
  facts = facts.with({{"host.pid_max", I{32768}}});
  EXPECT_EQ(forecast_fork(facts).binding_rule, "THR");
  EXPECT_EQ(forecast_fork(facts).verdict, Verdict::unknown);
}

TEST(Forecast, TheFirstOfTwoRefusalsBinds) {
  const FactSet facts =
      in_mode(2).with({{"instance.nproc_soft", I{5}}, {"host.committed_as", 100 * kGiB}});
  const Forecast forecast = forecast_fork(facts);
  EXPECT_EQ(forecast.binding_rule, "NPROC");
  // What memory lacks is told although another rule binds.
  EXPECT_TRUE(forecast.shortfall());
}

TEST(ForecastFacts, AreForPolicies) {
  const FactSet refused =
      forecast_facts(forecast_fork(in_mode(2).with({{"host.committed_as", 100 * kGiB}})));
  EXPECT_EQ(refused.text("forecast.verdict"), "refused");
  EXPECT_EQ(refused.text("forecast.rule"), "OC2");
  // 100 GiB + 2 GiB + 1 page over 2,070,528 allowed pages.
  const I lacking = 102 * kGiB + kPage - I{2'070'528} * kPage;
  EXPECT_EQ(refused.integer("forecast.shortfall"), lacking);
  EXPECT_EQ(refused.integer("forecast.margin"), -lacking);
}

TEST(ForecastFacts, AreNotApplicableWhenNothingBinds) {
  const FactSet admitted = forecast_facts(forecast_fork(healthy_facts()));
  EXPECT_EQ(admitted.text("forecast.verdict"), "admitted");
  for (const auto* name : {"forecast.rule", "forecast.margin", "forecast.shortfall"}) {
    ASSERT_NE(admitted.find(name), nullptr);
    EXPECT_EQ(admitted.find(name)->state, FactState::not_applicable);
  }
}

TEST(KernelVersion, ReadsReleasesOfVendors) {
  EXPECT_EQ(parse_kernel_version("4.18.0-553.el8_10.x86_64"), (KernelVersion{4, 18}));
  EXPECT_EQ(parse_kernel_version("6.1.0-18-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(parse_kernel_version("5.10"), (KernelVersion{5, 10}));
  for (const auto* bad : {"", "6", "6.", "linux", "6.x"}) EXPECT_FALSE(parse_kernel_version(bad));
}

TEST(Arithmetic, StopsAtItsEnds) {
  EXPECT_EQ(add_clamped(kUnlimited, 1), INT64_MAX);
  EXPECT_EQ(add_clamped(INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(subtract_clamped(INT64_MIN, 1), INT64_MIN);
  EXPECT_EQ(subtract_clamped(0, INT64_MIN), INT64_MAX);
  EXPECT_EQ(multiply_clamped(kUnlimited, -2), INT64_MIN);
  EXPECT_EQ(pages_up(4097, 4096), 2);
  EXPECT_EQ(pages_up(4096, 4096), 1);
}

}  // namespace
}  // namespace forkmend::forecast
