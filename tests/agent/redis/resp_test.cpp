// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/resp.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace forkmend::redis {
namespace {

constexpr std::size_t kBound = std::size_t{64} << 10U;

/// The reply of these bytes, however they are cut.
Result<std::optional<Reply>> read_in_pieces(std::string_view bytes, std::size_t piece) {
  ReplyReader reader(kBound);
  Result<std::optional<Reply>> result = std::optional<Reply>();
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view part = bytes.substr(at, piece);
    result = reader.feed(part);
    if (!result) return result;
  }
  return result;
}

Reply read_whole(std::string_view bytes) {
  auto whole = read_in_pieces(bytes, bytes.size()).value();
  auto bytewise = read_in_pieces(bytes, 1).value();
  EXPECT_TRUE(whole.has_value());
  EXPECT_TRUE(bytewise.has_value());
  EXPECT_EQ(whole->value.index(), bytewise->value.index());
  return std::move(*bytewise);
}

Error refused(std::string_view bytes) {
  const auto result = read_in_pieces(bytes, bytes.size());
  if (!result) return result.error();
  return Error{Errc::invalid, *result ? "it was accepted" : "it was waited for"};
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "*1\r\n";
  return text + ":1\r\n";
}

TEST(FormatCommand, IsAnArrayOfBulkStrings) {
  const std::vector<std::string> words = {"SET", std::string("a\0b", 3), ""};
  EXPECT_EQ(format_command(words).value(),
            std::string("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28));
  EXPECT_EQ(format_command(std::vector<std::string>()).error().code, Errc::invalid);
}

TEST(ReplyReader, ReadsEveryType) {
  EXPECT_EQ(std::get<Status>(read_whole("+OK\r\n").value).text, "OK");
  EXPECT_EQ(std::get<std::int64_t>(read_whole(":-42\r\n").value), -42);
  EXPECT_EQ(std::get<std::int64_t>(read_whole(":9223372036854775807\r\n").value), INT64_MAX);
  EXPECT_EQ(std::get<std::string>(read_whole("$5\r\na\r\nb\xff\r\n").value), "a\r\nb\xff");
  EXPECT_EQ(std::get<std::string>(read_whole("$0\r\n\r\n").value), "");
  EXPECT_TRUE(std::holds_alternative<Nil>(read_whole("$-1\r\n").value));
  EXPECT_TRUE(std::holds_alternative<Nil>(read_whole("*-1\r\n").value));
  EXPECT_TRUE(std::get<Array>(read_whole("*0\r\n").value).empty());
}

TEST(ReplyReader, SplitsErrorsIntoCodeAndText) {
  EXPECT_EQ(*read_whole("-NOPERM User a has no permissions\r\n").error(),
            (ServerError{"NOPERM", "User a has no permissions"}));
  EXPECT_EQ(*read_whole("-ERR\r\n").error(), (ServerError{"ERR", ""}));
}

TEST(ReplyReader, ReadsNestedArrays) {
  const Reply reply = read_whole("*3\r\n*2\r\n:1\r\n$-1\r\n*0\r\n-ERR no\r\n");
  const auto& outer = std::get<Array>(reply.value);
  ASSERT_EQ(outer.size(), 3U);
  const auto& inner = std::get<Array>(outer[0].value);
  EXPECT_EQ(std::get<std::int64_t>(inner.at(0).value), 1);
  EXPECT_TRUE(std::holds_alternative<Nil>(inner.at(1).value));
  EXPECT_EQ(outer[2].error()->text, "no");
}

TEST(ReplyReader, WaitsForTheLastByte) {
  const std::string_view whole = "*2\r\n$3\r\nfoo\r\n:7\r\n";
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_FALSE(read_in_pieces(whole.substr(0, size), size).value().has_value()) << size;
  }
}

TEST(ReplyReader, RefusesABulkByItsHeader) {
  EXPECT_EQ(refused("$1073741824\r\n").code, Errc::too_large);
  EXPECT_EQ(refused("$1073741824\r\n").message,
            "the reply is refused: a text of 1073741824 bytes over 65536");
  EXPECT_EQ(refused("*1\r\n$9223372036854775807\r\n").code, Errc::too_large);
}

TEST(ReplyReader, RefusesAnArrayByItsHeader) {
  EXPECT_EQ(refused("*1025\r\n").code, Errc::too_large);
  EXPECT_EQ(refused("*2147483647\r\n").code, Errc::too_large);
  EXPECT_EQ(refused("*1024\r\n").message, "it was waited for");
}

TEST(ReplyReader, CountsTheElementsOfAllArraysTogether) {
  EXPECT_EQ(refused("*2\r\n*1000\r\n").message, "it was waited for");
  EXPECT_EQ(refused("*600\r\n*600\r\n").code, Errc::too_large);
}

TEST(ReplyReader, CountsTheBytesOfAllElementsTogether) {
  const std::string bulk = "$30000\r\n" + std::string(30000, 'x') + "\r\n";
  EXPECT_EQ(refused("*3\r\n" + bulk + bulk).message, "it was waited for");
  EXPECT_EQ(refused("*3\r\n" + bulk + bulk + bulk).code, Errc::too_large);
}

TEST(ReplyReader, BoundsNesting) {
  EXPECT_TRUE(std::holds_alternative<Array>(read_whole(nested(ReplyScanner::kMaxDepth)).value));
  EXPECT_EQ(refused(nested(ReplyScanner::kMaxDepth + 1)).code, Errc::too_large);
  EXPECT_EQ(refused(nested(10000)).code, Errc::too_large);
}

TEST(ReplyReader, BoundsALineThatNeverEnds) {
  EXPECT_EQ(refused("+" + std::string(ReplyScanner::kMaxLine, 'x')).code, Errc::too_large);
  EXPECT_EQ(refused("$" + std::string(100, '0')).code, Errc::too_large);
}

TEST(ReplyReader, RefusesWhatIsNotResp) {
  for (const std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "%1\r\n", "_\r\n", "$x\r\n", "$-2\r\n", "*-2\r\n",
        ":1x\r\n", ":\r\n", "$1\r\nabc", "+OK\n", "$ 1\r\n"}) {
    EXPECT_EQ(refused(bytes).code, Errc::protocol) << bytes;
  }
}

TEST(ReplyReader, SaysWhatThePeerMayBe) {
  EXPECT_EQ(refused("HTTP/1.1 400 Bad Request\r\n").message,
            "the peer does not speak RESP: its answer begins with 'H'; is it a web server?");
  EXPECT_EQ(refused("\x15\x03\x01").message,
            "the peer does not speak RESP: its answer looks like TLS; use rediss://");
}

TEST(ReplyReader, LeavesTheNextReplyAlone) {
  std::string_view bytes = "+OK\r\n:7\r\n";
  ReplyReader reader(kBound);
  EXPECT_TRUE(reader.feed(bytes).value().has_value());
  EXPECT_EQ(bytes, ":7\r\n");
}

}  // namespace
}  // namespace forkmend::redis
