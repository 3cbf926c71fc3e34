// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/conf_edit.hpp"

#include <gtest/gtest.h>

namespace forkmend::redis {
namespace {

using Value = std::optional<std::string>;

std::string with(std::string_view text, std::string_view name, const Value& value) {
  const auto edited = with_directive(text, name, value);
  EXPECT_TRUE(edited) << edited.error().message;
  return edited ? *edited : "failed";
}

TEST(ConfEdit, TheLastLineCounts) {
  EXPECT_EQ(directive_value("maxmemory 1gb\n# maxmemory 3gb\n  MaxMemory\t 2gb  \r\n", "maxmemory")
                .value(),
            "2gb");
  EXPECT_EQ(directive_value("maxmemory-policy noeviction\n", "maxmemory").value(), std::nullopt);
  EXPECT_EQ(directive_value("", "maxmemory").value(), std::nullopt);
}

TEST(ConfEdit, SaveLinesAddUpUntilAnEmptyOne) {
  EXPECT_EQ(directive_value("save 900 1\nsave 300 10\n", "save").value(), "900 1 300 10");
  EXPECT_EQ(directive_value("save 900 1 300 10\n", "save").value(), "900 1 300 10");
  EXPECT_EQ(directive_value("save 900 1\nsave \"\"\nsave 60 5\n", "save").value(), "60 5");
  EXPECT_EQ(directive_value("save 900 1\nsave ''\n", "save").value(), "");
}

TEST(ConfEdit, QuotesThatDoNotCloseAreAnErrorWithoutTheLine) {
  const auto value = directive_value("requirepass \"secret\n", "maxmemory");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message, "a line of it has quotes that do not close");
}

TEST(ConfEdit, AddsABlockAndLeavesEveryOtherByteAlone) {
  const std::string text = "# mine\nmaxmemory   2gb\n\nappendonly no\n";
  const std::string edited = with(text, "maxmemory", "1610612736");
  EXPECT_EQ(edited, text +
                        "# forkmend: begin maxmemory (above: 2gb)\n"
                        "maxmemory 1610612736\n"
                        "# forkmend: end (maxmemory)\n");
  EXPECT_EQ(directive_value(edited, "maxmemory").value(), "1610612736");
}

TEST(ConfEdit, TheWayBackIsByteIdentical) {
  for (const std::string text :
       {"maxmemory   2gb\n", "maxmemory 2gb", "port 1\n", "port 1", "", "\n", "port 1\r\n",
        "save 900 1\n# between\nsave 300 10\n", "save \"\"", "include a.conf\n"}) {
    for (const auto& [name, value] :
         {std::pair("maxmemory", "1073741824"), std::pair("save", "900 1 3600 10"),
          std::pair("save", ""), std::pair("maxmemory-policy", "volatile-lru")}) {
      const Value before = directive_value(text, name).value();
      const std::string edited = with(text, name, value);
      EXPECT_EQ(directive_value(edited, name).value(), value) << text;
      EXPECT_EQ(with(edited, name, before), text) << name;
    }
  }
}

TEST(ConfEdit, SaveOverridesWhatStandsAboveInEveryVersion) {
  EXPECT_EQ(with("save 60 1\n", "save", "900 1 3600 10"),
            "save 60 1\n"
            "# forkmend: begin save (above: 60 1)\n"
            "save \"\"\n"
            "save 900 1\n"
            "save 3600 10\n"
            "# forkmend: end (save)\n");
}

TEST(ConfEdit, OneBlockOfAParameterAndSeveralParametersBesideEachOther) {
  const std::string text = "maxmemory 2gb\n";
  const std::string first = with(text, "maxmemory", "1500");
  const std::string both = with(first, "maxmemory-policy", "volatile-lru");
  const std::string second = with(both, "maxmemory", "1000");
  EXPECT_EQ(second.find("1500"), std::string::npos);
  EXPECT_EQ(directive_value(second, "maxmemory").value(), "1000");
  EXPECT_EQ(directive_value(with(second, "maxmemory", "2gb"), "maxmemory-policy").value(),
            "volatile-lru");
  EXPECT_EQ(with(with(second, "maxmemory", "2gb"), "maxmemory-policy", std::nullopt), text);
}

TEST(ConfEdit, WritesNothingWhereTheFileSaysItAlready) {
  EXPECT_EQ(with("maxmemory 2gb\n", "maxmemory", "2gb"), "maxmemory 2gb\n");
}

TEST(ConfEdit, DoesNotUndoOverSomebodysChange) {
  std::string edited = with("maxmemory 2gb\n", "maxmemory", "1000");
  edited.replace(0, 13, "maxmemory 4gb");
  const auto undone = with_directive(edited, "maxmemory", Value("2gb"));
  ASSERT_FALSE(undone);
  EXPECT_EQ(undone.error().code, Errc::changed);
  EXPECT_EQ(undone.error().message,
            "the line above forkmend's maxmemory was 2gb and is 4gb now: somebody else changed it "
            "since");
}

TEST(ConfEdit, CannotTakeAnOperatorsLineAway) {
  const auto edited = with_directive("maxmemory 2gb\n", "maxmemory", std::nullopt);
  ASSERT_FALSE(edited);
  EXPECT_EQ(edited.error().code, Errc::invalid);
}

TEST(ConfEdit, LeavesMarksAloneThatDoNotPair) {
  const std::string edited = with("port 1\n", "maxmemory", "1000");
  const auto half = edited.substr(0, edited.find("# forkmend: end"));
  EXPECT_EQ(with_directive(half, "maxmemory", Value("5")).error().code, Errc::invalid);
  EXPECT_EQ(with_directive(edited + edited, "maxmemory", Value("5")).error().code, Errc::invalid);
}

}  // namespace
}  // namespace forkmend::redis
