// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/control_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/daemon/sample_status.hpp"

namespace forkmend::daemon {
namespace {

std::string complaint(const std::string& line) {
  const auto request = parse_request(line);
  return request ? "a request" : request.error().message;
}

TEST(ControlRequests, AreWhatWasWritten) {
  for (const ControlRequest& request :
       {ControlRequest{ControlCommand::status, {}}, ControlRequest{ControlCommand::reload, {}},
        ControlRequest{ControlCommand::notice, "paused: \"lunch\""}}) {
    const std::string line = to_line(request);
    ASSERT_TRUE(line.ends_with('\n'));
    const auto again = parse_request(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, request);
  }
}

TEST(ControlRequests, AreOneLineWhateverIsSaid) {
  const std::string line =
      to_line(ControlRequest{ControlCommand::notice, "a\nb" + std::string(5000, 'x')});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LE(line.size(), kMaxControlRequest);
  EXPECT_TRUE(parse_request(std::string_view(line).substr(0, line.size() - 1)));
}

TEST(ControlRequests, ThatAreNoneAreRefusedWithWhatWasExpected) {
  const std::string no_object = "no JSON object; expected {\"schema\": 1, \"command\": ...}";
  const std::string no_schema = "schema is missing or unknown; expected \"schema\": 1";
  const std::string no_command =
      "command is missing or unknown; expected \"status\", \"reload\" or \"notice\"";
  EXPECT_EQ(complaint(""), no_object);
  EXPECT_EQ(complaint("status"), no_object);
  EXPECT_EQ(complaint("[1]"), no_object);
  EXPECT_EQ(complaint(R"({"schema": 1, "command": "status"} x)"), no_object);
  EXPECT_EQ(complaint("[[[[[[[[[[[[1]]]]]]]]]]]]"), no_object);
  EXPECT_EQ(complaint(R"({"command": "status"})"), no_schema);
  EXPECT_EQ(complaint(R"({"schema": 2, "command": "status"})"), no_schema);
  EXPECT_EQ(complaint(R"({"schema": "1", "command": "status"})"), no_schema);
  EXPECT_EQ(complaint(R"({"schema": 1})"), no_command);
  EXPECT_EQ(complaint(R"({"schema": 1, "command": "stop"})"), no_command);
  EXPECT_EQ(complaint(R"({"schema": 1, "command": "status", "says": "x"})"),
            "unexpected \"says\"; expected, of notice alone, says: a string of at most 400 bytes");
  EXPECT_EQ(complaint(R"({"schema": 1, "command": "reload", "file": "/etc/shadow"})"),
            "unexpected \"file\"; expected, of notice alone, says: a string of at most 400 bytes");
  EXPECT_EQ(complaint(std::string(5000, ' ')), "a line of 5000 bytes; expected at most 4096");
}

TEST(ControlReplies, AreWhatWasWritten) {
  ControlReply reply{.code = ControlCode::ok, .says = {"one", "two"}, .status = {}};
  reply.status = testing::sample_status();
  const std::string line = to_line(reply);
  const auto again = parse_reply(std::string_view(line).substr(0, line.size() - 1));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, reply);
}

TEST(ControlReplies, ThatAreNoneNameTheKey) {
  const auto complaint_of = [](const std::string& line) {
    const auto reply = parse_reply(line);
    return reply ? "a reply" : reply.error().message;
  };
  EXPECT_EQ(complaint_of(R"({"schema": 1, "code": "fine"})"),
            "code is missing or unknown; expected \"ok\", \"invalid\", \"denied\", \"rejected\" or "
            "\"busy\"");
  EXPECT_EQ(complaint_of(R"({"schema": 1, "code": "ok"})"), "says is no list of strings");
  EXPECT_NE(
      complaint_of(R"({"schema": 1, "code": "ok", "says": [], "status": {}})").find("version"),
      std::string::npos);
}

TEST(Summary, SaysWhatNeedsAttention) {
  EXPECT_EQ(summary(testing::sample_status()),
            "watching 3 servers, 1 failing, 1 not reached; mode heal");
}

}  // namespace
}  // namespace forkmend::daemon
