// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/stray_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace forkmend::policy {
namespace {

std::string place(std::string_view text) {
  const auto at = find_stray_text(text);
  return at ? std::to_string(at->line) + ":" + std::to_string(at->column) : "none";
}

TEST(StrayText, IsFoundOutsideQuotes) {
  EXPECT_EQ(place("schema = 1\ngrö = 2\n"), "2:3");
  EXPECT_EQ(place("a = \"ö\" \xC2\xA0\n"), "1:9");
  EXPECT_EQ(place("a = 'x' # ü\n[ß]\n"), "2:2");
  EXPECT_EQ(place("a = \"\"\"ö\"\"\"\nü"), "2:1");
}

TEST(StrayText, MayStandInStringsAndComments) {
  EXPECT_EQ(place(""), "none");
  EXPECT_EQ(place("# größer\nname = \"größer\" # ü\n'ö' = 'ü'\n"), "none");
  EXPECT_EQ(place("a = \"\\\"ö\"\nb = \"\\\\\"\n"), "none");
  EXPECT_EQ(place("a = 'x\\'\nb = \"ö\"\n"), "none");
  EXPECT_EQ(place("a = \"\"\nb = ''\nc = \"ö\"\n"), "none");
  EXPECT_EQ(place("a = \"\"\"\nö \"quoted\" 'ü' # ä\n\"\"\"\n"), "none");
  EXPECT_EQ(place("a = '''ö '' ü'''\nb = \"\"\"ö\"\"\"\"\"\n# ü"), "none");
  EXPECT_EQ(place("\xEF\xBB\xBFschema = 1\n"), "none");
}

TEST(StrayText, IsFoundAfterABackslash) {
  EXPECT_EQ(place("a = \"\\ö\"\n"), "1:7");
  EXPECT_EQ(place("a = \"\"\"x\\\n  ö\"\"\"\n"), "2:3");
  EXPECT_EQ(place("a = '''x\\\n  ö'''\n"), "none");
}

TEST(StrayText, DoesNotOutliveABrokenString) {
  EXPECT_EQ(place("a = \"open\nö = 1\n"), "2:1");
  EXPECT_EQ(place("a = \"open\\\nö = 1\n"), "2:1");
  EXPECT_EQ(place("a = \"\\"), "none");
}

}  // namespace
}  // namespace forkmend::policy
