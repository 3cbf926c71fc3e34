// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The directory of a server's log is gone, while its saves fail.
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/agent_in_process.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/program.hpp"
#include "support/lab/save_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
using daemon::EventSource;
using daemon::IncidentNews;

constexpr const char* kHeals =
    "schema = 1\nmode = \"heal\"\n[rails]\ncooldown = \"0s\"\nmax_incidents_per_hour = 100\n"
    "[[rule]]\nname = \"n\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n";

/// Log and socket are in a directory of their own, the data are somewhere else.
class LostLog : public ::testing::Test {
 protected:
  LostLog() { lose(); }
  ~LostLog() override { find_again(); }
  LostLog(const LostLog&) = delete;
  LostLog& operator=(const LostLog&) = delete;

  void lose() { fs::rename(server_.directory(), away_); }
  void find_again() {
    if (fs::exists(away_)) fs::rename(away_, server_.directory());
  }
  /// Over TCP, as the socket has gone with the log.
  [[nodiscard]] std::string call(std::vector<std::string> words) const {
    words.insert(words.begin(), {"redis-cli", "-p", std::to_string(server_.port())});
    return run_program(words).out;
  }
  void break_saves() const {
    refuse_forks_by_nproc(server_.pid());
    EXPECT_NE(call({"BGSAVE"}).find("ERR"), std::string::npos);
  }
  [[nodiscard]] bool saves_work() const {
    return call({"INFO", "persistence"}).find("rdb_last_bgsave_status:ok") != std::string::npos;
  }

  SaveDir data_;
  RedisServer server_{data_.server({"--save", "3600 1"})};
  std::string away_ = server_.directory() + ".away";
};

TEST_F(LostLog, FixHealsAllTheSame) {
  break_saves();
  const Forkmend forkmend(ordinary_user());
  const auto healed = forkmend.run({"fix", "--yes", "-i", server_.url()});
  EXPECT_EQ(healed.exit_code, 0) << healed.out << healed.err;
  EXPECT_TRUE(saves_work());
}

TEST_F(LostLog, TheAgentNoticesByItsPollsAndHeals) {
  AgentInProcess agent({server_.url()}, kHeals, [](daemon::AgentOptions& options) {
    options.interval = std::chrono::milliseconds(200);
  });
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  break_saves();
  const IncidentNews* news =
      agent.wait_for_incident([](const IncidentNews& one) { return one.state == "healed"; });
  ASSERT_NE(news, nullptr);
  EXPECT_EQ(news->source, EventSource::poll);
  EXPECT_TRUE(saves_work());
}

TEST_F(LostLog, TheLogIsFollowedOnceItIsBack) {
  AgentInProcess agent({server_.url()});
  ASSERT_TRUE(agent.wait_until_watched(server_.url()));
  find_again();
  refuse_forks_by_nproc(server_.pid());
  // Lines from before it was found do not count: one a moment until one is noticed.
  const auto noticed = [&] {
    server_.save_that_fails();
    return agent.source(EventSource::server_log).seen > 0;
  };
  EXPECT_TRUE(agent.wait_until(noticed));
}

}  // namespace
}  // namespace forkmend::testing
