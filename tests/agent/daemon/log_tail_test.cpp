// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/log_tail.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/temp_dir.hpp"

namespace forkmend::daemon {
namespace {

class LogTailTest : public ::testing::Test {
 protected:
  void append(const std::string& text) const { std::ofstream(path_, std::ios::app) << text; }

  forkmend::testing::TempDir dir_;
  std::string path_ = dir_.path() / "redis.log";
};

TEST_F(LogTailTest, GivesWholeLinesThatWereAppended) {
  append("old\n");
  auto tail = LogTail::open(path_, LogTail::Begin::at_end);
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->read()->text, "");
  append("one\ntw");
  EXPECT_EQ(tail->read()->text, "one\n");
  append("o\n");
  EXPECT_EQ(tail->read()->text, "two\n");
}

TEST_F(LogTailTest, TheRestOfALineThatNobodySawIsNoLine) {
  append("old\nhalf of a ");
  auto tail = LogTail::open(path_, LogTail::Begin::at_end);
  append("line\nwhole\n");
  EXPECT_EQ(tail->read()->text, "whole\n");
}

TEST_F(LogTailTest, BeginsAnewInATruncatedFile) {
  append("a long old line\n");
  auto tail = LogTail::open(path_, LogTail::Begin::at_end);
  std::filesystem::resize_file(path_, 0);
  append("new\n");
  EXPECT_EQ(tail->read()->text, "new\n");
}

TEST_F(LogTailTest, FollowsTheFileAndKnowsThatTheNameMeansAnotherOne) {
  append("old\n");
  auto tail = LogTail::open(path_, LogTail::Begin::at_end);
  EXPECT_TRUE(tail->is_at(path_));
  std::filesystem::rename(path_, path_ + ".1");
  EXPECT_FALSE(tail->is_at(path_));
  EXPECT_TRUE(tail->is_at(path_ + ".1"));
  std::ofstream(path_ + ".1", std::ios::app) << "last\n";
  EXPECT_EQ(tail->read()->text, "last\n");
}

TEST_F(LogTailTest, PassesOverWhatIsTooMuch) {
  auto writing = std::ofstream(path_);
  auto tail = LogTail::open(path_, LogTail::Begin::at_end);
  const std::string line(99, 'x');
  for (int lines = 0; lines < 30000; ++lines) writing << line << '\n';
  writing << "the newest\n" << std::flush;
  std::size_t taken = 0;
  std::string last;
  bool skipped = false;
  while (true) {
    auto part = tail->read();
    ASSERT_TRUE(part);
    EXPECT_LE(part->text.size(), LogTail::kPart + line.size() + 1);
    skipped = skipped || part->skipped;
    taken += part->text.size();
    if (!part->text.empty()) last = part->text;
    if (!part->more) break;
  }
  EXPECT_TRUE(skipped);
  EXPECT_LE(taken, LogTail::kMostBehind);
  EXPECT_TRUE(last.ends_with("\nthe newest\n"));
}

TEST_F(LogTailTest, ReadsNoLinksAndNoPipes) {
  std::filesystem::create_symlink("/etc/passwd", path_);
  EXPECT_FALSE(LogTail::open(path_, LogTail::Begin::at_end));
  const std::string pipe = dir_.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto opened = LogTail::open(pipe, LogTail::Begin::at_end);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::invalid);
  EXPECT_EQ(LogTail::open(path_ + ".no", LogTail::Begin::at_end).error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::daemon
