// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace forkmend {
namespace {

using ::testing::ElementsAre;

TEST(Text, SplitsAndTrims) {
  EXPECT_THAT(split("a::b", ':'), ElementsAre("a", "", "b"));
  EXPECT_THAT(split_blanks("  a \t b\n"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("one\r\ntwo\n\nlast"), ElementsAre("one", "two", "", "last"));
  EXPECT_EQ(trim(" \tx y\r\n"), "x y");
}

template <class T>
constexpr bool kTakesLines = requires(T&& text) { lines_of(std::forward<T>(text)); };

TEST(Text, GivesNoViewsOfATemporary) {
  EXPECT_TRUE(kTakesLines<std::string&>);
  EXPECT_TRUE(kTakesLines<std::string_view>);
  EXPECT_FALSE(kTakesLines<std::string>);
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_FALSE(parse_integer("12x"));
  EXPECT_FALSE(parse_integer(""));
  EXPECT_FALSE(parse_integer("99999999999999999999"));
}

TEST(Text, ShowsNoControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31mb\n\x7f"), "a\\x1b[31mb\\n\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // C1: CSI in one character
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
}

TEST(Text, CutsLongText) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(Text, GuessesTheWordThatWasMeant) {
  constexpr std::array<std::string_view, 3> kKeys = {"cooldown", "windows", "deny"};
  EXPECT_EQ(did_you_mean("cooldwon", kKeys), "cooldown");
  EXPECT_EQ(did_you_mean("zzzzzz", kKeys), std::nullopt);
}

TEST(Text, QuotesForTheShell) {
  EXPECT_EQ(shell_quote("vm.overcommit_memory=1"), "vm.overcommit_memory=1");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote(""), "''");
}

TEST(Text, JoinsWords) {
  const std::vector<std::string> words = {"a", "b", "c"};
  EXPECT_EQ(join_words(words), "a, b and c");
}

}  // namespace
}  // namespace forkmend
