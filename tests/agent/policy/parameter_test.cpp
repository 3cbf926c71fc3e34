// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/parameter.hpp"

#include <gtest/gtest.h>

#include "agent/policy/remedies.hpp"
#include "base/units.hpp"
#include "policy/parameter_value.hpp"

namespace forkmend::policy {
namespace {

TEST(Parameters, StartAtTheirDeclaredDefaults) {
  const Parameters limit = default_parameters(testing::kLimitParameters);
  EXPECT_TRUE(limit.is_auto("raise_to"));
  EXPECT_EQ(limit.integer("raise_to"), std::nullopt);
  EXPECT_EQ(limit.integer("headroom"), std::int64_t{64} << 20);
  EXPECT_EQ(default_parameters(testing::kSwapParameters).integer("max_size"), kUnlimited);
  EXPECT_EQ(default_parameters(testing::kThpParameters).text("state"), "madvise");
}

TEST(Parameters, DefaultsKnowEveryType) {
  const Parameters hook = default_parameters(testing::kHookParameters);
  EXPECT_EQ(hook.text("command"), "");
  EXPECT_EQ(hook.integer("timeout"), 30'000);
  EXPECT_EQ(hook.integer("share"), 80);
  EXPECT_EQ(hook.flag("once"), true);
  EXPECT_EQ(hook.integer("nice"), 0);
  EXPECT_TRUE(default_parameters({}).all().empty());
}

TEST(Parameters, ATypeThatDoesNotFitIsNoValue) {
  Parameters parameters;
  parameters.set("to", std::int64_t{5});
  EXPECT_EQ(parameters.text("to"), std::nullopt);
  EXPECT_EQ(parameters.flag("to"), std::nullopt);
  EXPECT_EQ(parameters.integer("absent"), std::nullopt);
  parameters.set("to", Auto{});
  EXPECT_TRUE(parameters.is_auto("to"));
}

TEST(Parameters, SayWhatTheyTake) {
  EXPECT_EQ(expectation(testing::kLimitParameters[0]),
            "a size such as \"64MiB\", of at least \"1MiB\", or \"auto\"");
  EXPECT_EQ(expectation(testing::kHookParameters[1]),
            "a duration such as \"10m\", from \"1s\" to \"10m\"");
  EXPECT_EQ(expectation(testing::kThpParameters[0]), "\"never\" or \"madvise\"");
}

TEST(Parameters, AreWrittenExactly) {
  const ParameterSpec size{.type = ParameterType::size};
  EXPECT_EQ(write_parameter(size, std::int64_t{0}), "\"0B\"");
  EXPECT_EQ(write_parameter(size, std::int64_t{1025}), "\"1025B\"");
  EXPECT_EQ(write_parameter(size, std::int64_t{3} << 30), "\"3GiB\"");
  EXPECT_EQ(write_parameter(size, kUnlimited), "\"unlimited\"");
  const ParameterSpec duration{.type = ParameterType::duration};
  EXPECT_EQ(write_parameter(duration, std::int64_t{90'500}), "\"90500ms\"");
  EXPECT_EQ(write_parameter(duration, std::int64_t{5'400'000}), "\"90m\"");
  EXPECT_EQ(write_parameter(duration, Auto{}), "\"auto\"");
}

TEST(TomlStrings, EscapeWhatTomlForbids) {
  EXPECT_EQ(toml_string("a \"b\" \\c"), R"("a \"b\" \\c")");
  EXPECT_EQ(toml_string("line\nbell\a\x7f"), R"("line\u000Abell\u0007\u007F")");
  EXPECT_EQ(toml_string("größer"), "\"größer\"");
}

}  // namespace
}  // namespace forkmend::policy
