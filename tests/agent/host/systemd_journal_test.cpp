// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// How journalctl is asked. A script stands in for it: there is no journald on the build host.
#include "host/systemd_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <optional>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class SystemdJournal : public ::testing::Test {
 protected:
  /// journalctl with that body in its place.
  Result<JournalAnswer> ask(const std::string& body, std::chrono::milliseconds deadline = 20s) {
    testing::write_tree(dir_.path(), {{"/journalctl", "#!/bin/sh\n" + body + "\n"}});
    const fs::path program = dir_.path() / "journalctl";
    fs::permissions(program, fs::perms::owner_all);
    JournalQuery query;
    query.matches = {"_SYSTEMD_UNIT=redis server.service"};
    query.program = program.string();
    query.deadline = deadline;
    boost::asio::io_context loop;
    std::optional<Result<JournalAnswer>> answer;
    boost::asio::co_spawn(loop, read_systemd_journal(std::move(query)),
                          [&answer](const std::exception_ptr& failure, Result<JournalAnswer> got) {
                            if (failure) std::rethrow_exception(failure);
                            answer = std::move(got);
                          });
    loop.run();
    return *answer;
  }

 private:
  testing::TempDir dir_;
};

TEST_F(SystemdJournal, IsAskedWithoutAShell) {
  const auto answer = ask(R"(printf '%s\n' "$@")");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->records,
            "--no-pager\n--output=json\n--reverse\n--lines=2000\n--since=-7d\n"
            "_SYSTEMD_UNIT=redis server.service\n");
}

TEST_F(SystemdJournal, SaysWhatItMayNotSee) {
  const auto answer =
      ask("echo 'Hint: You are currently not seeing messages from other users' >&2");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->records, "");
  EXPECT_THAT(answer->complaint, HasSubstr("not seeing messages"));
}

TEST_F(SystemdJournal, SaysWhyItFailed) {
  const auto answer = ask("echo 'Failed to add match' >&2; exit 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io);
  EXPECT_THAT(answer.error().message, HasSubstr("Failed to add match"));
}

TEST_F(SystemdJournal, IsGivenUpAtTheDeadline) {
  const auto answer = ask("exec tail -f /dev/null", 200ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
}

TEST_F(SystemdJournal, IsCutWhereItNeverEnds) {
  const auto answer = ask("exec head -c 9000000 /dev/zero");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->records.size(), std::size_t{8} << 20U);
}

TEST(SystemdJournalArguments, CarryTheBounds) {
  EXPECT_THAT(journal_argv({.matches = {"_PID=1"}, .records = 5, .days = 1}),
              ElementsAre("journalctl", "--no-pager", "--output=json", "--reverse", "--lines=5",
                          "--since=-1d", "_PID=1"));
}

}  // namespace
}  // namespace forkmend::host
