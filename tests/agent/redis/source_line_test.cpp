// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What journald, container managers and syslog daemons make of a server's lines.
#include "redis/source_line.hpp"

#include <gtest/gtest.h>

#include "agent/redis/log_expectations.hpp"
#include "base/units.hpp"

namespace forkmend::redis {
namespace {

using Lines = std::vector<SourceLine>;

using forkmend::testing::at;

LogClock clock_of(std::string_view newest) {
  return {.newest = at(newest), .to_utc = fixed_offset(std::chrono::minutes(60))};
}

std::vector<std::string> texts(const Lines& lines) {
  std::vector<std::string> all;
  for (const SourceLine& line : lines) all.push_back(line.text);
  return all;
}

using Texts = std::vector<std::string>;

// systemd 252, Debian 12: journalctl -o json -u redis-server.
constexpr std::string_view kRecord =
    R"({"_SYSTEMD_SLICE":"system.slice","_BOOT_ID":"4b6f2e6c7d0a4c3e8a1f7f0d6f4b9c11",)"
    R"("_CAP_EFFECTIVE":"0","_PID":"812","_UID":"107","_SYSTEMD_UNIT":"redis-server.service",)"
    R"("__REALTIME_TIMESTAMP":"1795576200123456","_TRANSPORT":"stdout","PRIORITY":"6",)"
    R"("_STREAM_ID":"f1c7c4f4ed8b4b6f8a7c0a3f4f6f2b1d","SYSLOG_FACILITY":"3",)"
    R"("__MONOTONIC_TIMESTAMP":"100000000","SYSLOG_IDENTIFIER":"redis-server",)"
    R"("MESSAGE":"812:M 25 Nov 2026 04:10:00.123 # Can't save in background: fork: )"
    R"(Cannot allocate memory","_HOSTNAME":"db1","_COMM":"redis-server",)"
    R"("__CURSOR":"s=0639;i=4d2;b=4b6f;m=5f5e100;t=64e1d;x=9f"})";

TEST(JournalRecords, HaveTheServersOwnLine) {
  const auto lines = parse_journal_records(std::string(kRecord) + "\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text,
            "812:M 25 Nov 2026 04:10:00.123 # Can't save in background: fork: "
            "Cannot allocate memory");
  EXPECT_EQ(lines[0].pid, 812);
  EXPECT_EQ(lines[0].at, at("2026-11-25T03:10:00.123Z") + std::chrono::microseconds(456));
}

TEST(JournalRecords, OfSyslogTellTheLevel) {
  const auto level = [](const std::string& priority) {
    return parse_journal_records(
               R"({"MESSAGE":"x","__REALTIME_TIMESTAMP":"1","_PID":"7","PRIORITY":")" + priority +
               "\"}")
        .at(0)
        .level;
  };
  EXPECT_EQ(level("4"), '#');
  EXPECT_EQ(level("5"), '*');
  EXPECT_EQ(level("6"), '-');
  EXPECT_EQ(level("7"), '.');
  EXPECT_EQ(level("8"), '*');
  EXPECT_EQ(level("-1"), '*');
  EXPECT_EQ(level("x"), '*');
}

TEST(JournalRecords, MayHoldBytesInsteadOfText) {
  EXPECT_EQ(texts(parse_journal_records(R"({"MESSAGE":[83,65,86,69,255]})")), (Texts{"SAVE\xff"}));
  EXPECT_EQ(texts(parse_journal_records(R"({"MESSAGE":[83,300]})")), Texts());
  EXPECT_EQ(texts(parse_journal_records(R"({"MESSAGE":[83,"x"]})")), Texts());
  EXPECT_EQ(texts(parse_journal_records(R"({"MESSAGE":null})")), Texts());
}

TEST(JournalRecords, ThatAreNoneArePassedOver) {
  const std::string bad =
      "-- No entries --\n\n{\n[]\nnull\n\"MESSAGE\"\n{\"MESSAGE\":7}\n{\"MESSAGE\":\"cut";
  EXPECT_EQ(parse_journal_records(bad), Lines());
  EXPECT_EQ(parse_journal_records(bad + "\n" + std::string(kRecord)).size(), 1U);
  EXPECT_EQ(parse_journal_records(std::string(100'000, '[')), Lines());
}

TEST(JournalRecords, HaveNoTimeThatCannotBe) {
  for (const char* time : {"-1", "9223372036854775807", "12x", ""}) {
    const auto lines = parse_journal_records(R"({"MESSAGE":"x","__REALTIME_TIMESTAMP":")" +
                                             std::string(time) + "\"}");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at, std::nullopt) << time;
  }
}

TEST(JournalRecords, AreOneLineEachAndBounded) {
  EXPECT_EQ(texts(parse_journal_records(R"({"MESSAGE":"one\ntwo\n"})")), (Texts{"one two"}));
  const auto lines =
      parse_journal_records(R"({"MESSAGE":")" + std::string(3 * kMaxSourceLine, 'x') + "\"}");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text.size(), kMaxSourceLine);
}

TEST(JsonFile, HasTheServersOwnLine) {
  // Docker 24, json-file.
  const auto lines = parse_json_file(
      R"({"log":"1:M 25 Nov 2026 03:10:00.123 * Ready to accept connections tcp\n",)"
      R"("stream":"stdout","time":"2026-11-25T03:10:00.123456789Z"})");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text, "1:M 25 Nov 2026 03:10:00.123 * Ready to accept connections tcp");
  EXPECT_EQ(lines[0].at, at("2026-11-25T03:10:00.123Z"));
}

std::string json_record(const std::string& log, const std::string& stream) {
  return R"({"log":")" + log + R"(","stream":")" + stream + R"(","time":"2026-11-25T03:10:00Z"})" +
         "\n";
}

TEST(JsonFile, JoinsThePartsOfALineStreamByStream) {
  EXPECT_EQ(texts(parse_json_file(json_record("long ", "stdout") + json_record("err\\n", "stderr") +
                                  json_record("line\\r\\n", "stdout"))),
            (Texts{"err", "long line"}));
  EXPECT_EQ(texts(parse_json_file(json_record("still being written", "stdout"))),
            (Texts{"still being written"}));
}

TEST(JsonFile, PassesOverWhatIsNoRecord) {
  EXPECT_EQ(
      texts(parse_json_file(
          "\n{\n" + json_record("a\\n", "stdin") + R"({"log":"x\n","stream":"stdout"})" + "\n" +
          R"({"log":1,"stream":"stdout","time":"x"})" + "\n" + json_record("good\\n", "stdout"))),
      (Texts{"good"}));
}

TEST(JsonFile, BoundsALineThatNeverEnds) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += json_record(std::string(kMaxSourceLine / 2, 'x'), "stdout");
  const auto lines = parse_json_file(text);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text.size(), kMaxSourceLine);
}

TEST(CriLog, HasTheServersOwnLine) {
  const auto lines = parse_cri_log(
      "2026-11-25T04:10:00.123456789+01:00 stdout F 1:M 25 Nov 2026 03:10:00.123 * DB saved\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].text, "1:M 25 Nov 2026 03:10:00.123 * DB saved");
  EXPECT_EQ(lines[0].at, at("2026-11-25T03:10:00.123Z"));
}

TEST(CriLog, JoinsThePartsOfALine) {
  const std::string time = "2026-11-25T03:10:00.1Z ";
  EXPECT_EQ(texts(parse_cri_log(time + "stdout P one \n" + time + "stderr F:x err\n" + time +
                                "stdout P two \n" + time + "stdout F \n")),
            (Texts{"err", "one two "}));
}

TEST(CriLog, PassesOverWhatIsNoRecord) {
  const std::string time = "2026-11-25T03:10:00.1Z ";
  EXPECT_EQ(texts(parse_cri_log("\nstdout F x\n" + time + "stdout X x\n" + time + "stdin F x\n" +
                                time + "stdout F\n" + time + "stdout F good\n")),
            (Texts{"good"}));
}

TEST(ContainerLog, IsReadInEitherForm) {
  EXPECT_EQ(texts(parse_container_log(json_record("a\\n", "stdout"))), (Texts{"a"}));
  EXPECT_EQ(texts(parse_container_log("2026-11-25T03:10:00.1Z stdout F b\n")), (Texts{"b"}));
  EXPECT_EQ(parse_container_log(""), Lines());
}

TEST(SyslogFile, IsReadInEachForm) {
  const std::string text =
      "Nov 25 04:10:00 db1 redis[812]: Can't save in background: fork: Cannot allocate memory\n"
      "2026-11-25T04:10:01.500000+01:00 db1 redis[812]: Background saving error\n"
      "<133>1 2026-11-25T03:10:02.250Z db1 redis 812 - - BGSAVE failed\n"
      R"(<133>1 2026-11-25T03:10:03Z db1 redis 812 ID [a@1 b="\"]"][c] )"
      "\xef\xbb\xbf"
      "with data\n";
  const auto lines = parse_syslog_file(text, "redis", clock_of("2026-11-25T04:00:00Z"));
  EXPECT_EQ(
      lines,
      (Lines{{.at = at("2026-11-25T03:10:00Z"),
              .pid = 812,
              .text = "Can't save in background: fork: Cannot allocate memory"},
             {.at = at("2026-11-25T03:10:01.500Z"), .pid = 812, .text = "Background saving error"},
             {.at = at("2026-11-25T03:10:02.250Z"), .pid = 812, .text = "BGSAVE failed"},
             {.at = at("2026-11-25T03:10:03Z"), .pid = 812, .text = "with data"}}));
}

TEST(SyslogFile, HasTheYearThatFits) {
  const auto lines = parse_syslog_file("Dec 31 23:59:59 db1 redis[812]: x\n", "redis",
                                       clock_of("2027-01-01T03:00:00Z"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at, at("2026-12-31T22:59:59Z"));
}

TEST(SyslogFile, IsAboutOtherProgramsToo) {
  const std::string text =
      "Nov 25 04:10:00 db1 sshd[9]: redis[812]: Background saving error\n"
      "Nov 25 04:10:00 db1 redis-sentinel[812]: x\n"
      "Nov 25 04:10:00 db1 redis: no pid\n"
      "Nov 25 04:10:00 db1\n"
      "<133>1 2026-11-25T03:10:03Z db1 redis - - - no pid\n"
      "<133>1 2026-11-25T03:10:03Z db1 redis 812 ID [a b=\"]\n"
      "<133\n"
      "\n";
  EXPECT_EQ(parse_syslog_file(text, "redis", clock_of("2026-11-25T04:00:00Z")), Lines());
}

}  // namespace
}  // namespace forkmend::redis
