// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/toml_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend {
namespace {

TEST(TomlText, LeavesAsciiAlone) {
  const std::string text("a = \"\\\x7F\"\0# x\r\n", 14);
  EXPECT_EQ(to_private_use(text), text);
  EXPECT_EQ(from_private_use(text), text);
}

TEST(TomlText, MovesCharactersOfTheBasicPlane) {
  EXPECT_EQ(to_private_use("gr\xC3\xB6\xC3\x9F"
                           "e"),
            "gr\xF3\xB0\x83\xB6\xF3\xB0\x83\x9F"
            "e");
  EXPECT_EQ(to_private_use("\xC2\x80"), "\xF3\xB0\x82\x80");
  EXPECT_EQ(to_private_use("\xE2\x82\xAC"), "\xF3\xB2\x82\xAC");
  EXPECT_EQ(to_private_use("\xEF\xBF\xBD"), "\xF3\xBF\xBF\xBD");
}

TEST(TomlText, LeavesOtherPlanesAlone) {
  EXPECT_EQ(to_private_use("\xF0\x9F\x94\xA5"), "\xF0\x9F\x94\xA5");
  EXPECT_EQ(to_private_use("\xF4\x8F\xBF\xBD"), "\xF4\x8F\xBF\xBD");
}

TEST(TomlText, LeavesAByteOrderMarkAtTheStart) {
  EXPECT_EQ(to_private_use("\xEF\xBB\xBFx\xEF\xBB\xBF"), "\xEF\xBB\xBFx\xF3\xBF\xBB\xBF");
}

TEST(TomlText, LeavesBrokenTextToTheParser) {
  for (const std::string broken : {"\xC3", "\xC3x", "\xE2\x82", "\xC1\xA1", "\xE0\x82\xA1",
                                   "\xED\xA0\x80", "\x80", "\xF3\xB0\x80"}) {
    EXPECT_EQ(to_private_use(broken), broken);
    EXPECT_EQ(from_private_use(broken), broken);
  }
}

TEST(TomlText, CannotTellItsOwnPlaneApart) {
  EXPECT_EQ(to_private_use("a = \"\xF3\xB0\x80\x80\""), std::nullopt);
  EXPECT_EQ(to_private_use("\xF3\xBF\xBF\xBF"), std::nullopt);
}

TEST(TomlText, EveryCharacterComesBack) {
  for (const std::string text : {"größer", "\xC2\x80\xDF\xBF", "\xE0\xA0\x80\xED\x9F\xBF",
                                 "\xEE\x80\x80\xEF\xBF\xBF", "x\xF0\x9F\x94\xA5ü"}) {
    const auto moved = to_private_use(text);
    ASSERT_TRUE(moved);
    EXPECT_EQ(from_private_use(*moved), text);
  }
}

}  // namespace
}  // namespace forkmend
