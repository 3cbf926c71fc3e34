// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What keeps forkmend from acting, how a person passes it, and what the record says of that.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

ServerOptions server_options() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  return options;
}

void break_saves(const RedisServer& server) {
  refuse_forks_by_nproc(server.pid());
  server.save_that_fails();
}

class RailsOf : public ::testing::Test {
 protected:
  RailsOf() : server_(server_options()), forkmend_(ordinary_user()) { break_saves(server_); }

  /// fix --yes with further words; its exit code.
  [[nodiscard]] ProgramResult fix(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"fix", "--yes", "-i", server_.url()};
    words.insert(words.end(), more.begin(), more.end());
    return forkmend_.run(words);
  }

  [[nodiscard]] std::string incident(const std::string& number) const {
    int exit_code = -1;
    return at_path(forkmend_.json({"history"}, &exit_code), "incidents." + number + ".id");
  }

  RedisServer server_;
  Forkmend forkmend_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(RailsOf, APauseStopsFixUntilItIsResumed) {
  const auto paused = forkmend_.run({"status", "pause", "--for", "2h", "--reason", "a new disk"});
  ASSERT_EQ(paused.exit_code, 0) << paused.out << paused.err;
  const auto blocked = fix();
  EXPECT_EQ(blocked.exit_code, 11) << blocked.out << blocked.err;
  EXPECT_TRUE(holds(blocked.out, "a new disk")) << blocked.out;
  EXPECT_TRUE(holds(blocked.out, "forkmend status resume")) << blocked.out;
  EXPECT_EQ(fix({"--override", "cooldown,windows,breaker"}).exit_code, 11)
      << "nobody passes a pause by name";
  const auto status = forkmend_.run({"status"});
  EXPECT_EQ(status.exit_code, 3) << status.out << status.err;
  EXPECT_TRUE(holds(status.out, "pause: paused since")) << status.out;
  EXPECT_EQ(forkmend_.run({"history"}).out, "No incident is recorded.\n");
  ASSERT_EQ(forkmend_.run({"status", "resume"}).exit_code, 0);
  EXPECT_EQ(fix().exit_code, 0);
  EXPECT_TRUE(holds(forkmend_.run({"status"}).out, "Nothing keeps forkmend from mending"));
}

TEST_F(RailsOf, APauseNeedsAReasonAndASpan) {
  EXPECT_EQ(forkmend_.run({"status", "pause"}).exit_code, 2);
  EXPECT_EQ(forkmend_.run({"status", "pause", "--for", "soon", "--reason", "x"}).exit_code, 2);
  EXPECT_EQ(forkmend_.run({"status", "pause", "--for", "0s", "--reason", "x"}).exit_code, 2);
}

TEST_F(RailsOf, ACooldownIsPassedByNameAndTheRecordSaysWho) {
  ASSERT_EQ(fix().exit_code, 0);
  break_saves(server_);
  const auto blocked = fix();
  EXPECT_EQ(blocked.exit_code, 11) << blocked.out << blocked.err;
  EXPECT_TRUE(holds(blocked.out, "forkmend fix --override cooldown")) << blocked.out;
  const auto passed = fix({"--override", "cooldown"});
  EXPECT_EQ(passed.exit_code, 0) << passed.out << passed.err;
  const auto record = forkmend_.run({"history", "show", incident("1")});
  EXPECT_TRUE(holds(record.out, "passed by name (fix by uid")) << record.out;
  EXPECT_TRUE(holds(record.out, "cooldown: incident ")) << record.out;
}

TEST_F(RailsOf, TheSameCauseAgainIsToldInThePlan) {
  ASSERT_EQ(fix().exit_code, 0);
  break_saves(server_);
  int exit_code = -1;
  const auto plan = forkmend_.json({"fix", "--dry-run", "-i", server_.url()}, &exit_code);
  const auto because = at_path(plan, "instances.0.plan.attempts.0.because");
  EXPECT_TRUE(holds(because, "nproc-limit healed this ")) << plan;
  EXPECT_TRUE(holds(because, incident("0"))) << because;
}

TEST_F(RailsOf, TheBreakerStaysOpenUntilSomebodyAcknowledges) {
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[rails]\ncooldown = \"0s\"\nmax_incidents_per_hour = 1\n"
      "[[rule]]\nname = \"n\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n");
  ASSERT_EQ(fix({"--policy", policy}).exit_code, 0);
  break_saves(server_);
  const auto blocked = fix({"--policy", policy});
  EXPECT_EQ(blocked.exit_code, 11) << blocked.out << blocked.err;
  const std::string id = incident("0");
  EXPECT_TRUE(holds(blocked.out, "forkmend status ack " + id)) << blocked.out;
  const auto explained =
      forkmend_.run({"--policy", policy, "policy", "explain", "-i", server_.url()});
  EXPECT_TRUE(holds(explained.out, "breaker: this host had 1 incidents")) << explained.out;
  EXPECT_TRUE(holds(explained.out, "to go on: forkmend status ack " + id)) << explained.out;
  const auto seen = forkmend_.run({"status", "ack", id, "--comment", "the test did it"});
  ASSERT_EQ(seen.exit_code, 0) << seen.out << seen.err;
  EXPECT_EQ(fix({"--policy", policy}).exit_code, 0);
  const auto record = forkmend_.run({"history", "show", id});
  EXPECT_TRUE(holds(record.out, "the test did it")) << record.out;
}

TEST_F(RailsOf, AnUnknownIncidentCannotBeAcknowledged) {
  const auto none = forkmend_.run({"status", "ack", "i-20260101T000000-0000", "--comment", "x"});
  EXPECT_EQ(none.exit_code, 2) << none.out << none.err;
  ASSERT_EQ(fix().exit_code, 0);
  EXPECT_EQ(forkmend_.run({"status", "ack", "i-20260101T000000-0000", "--comment", "x"}).exit_code,
            2);
}

TEST_F(RailsOf, EachClosedGateIsExplainedWithItsCommand) {
  const std::string policy = forkmend_.policy(
      "schema = 1\n[rails]\ndeny = [\"nproc-limit\"]\n[[rule]]\nname = \"n\"\n"
      "cause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n");
  ASSERT_EQ(forkmend_.run({"status", "pause", "--reason", "lunch"}).exit_code, 0);
  const auto explained =
      forkmend_.run({"--policy", policy, "policy", "explain", "-i", server_.url()});
  for (const auto* part :
       {"mode: the agent only plans", "to go on: forkmend fix, or forkmend agent --mode heal",
        "pause: paused since", "lunch", "to go on: forkmend status resume",
        "remedy: nproc-limit: the rail deny names it", "to go on: take it out of deny"}) {
    EXPECT_TRUE(holds(explained.out, part)) << part << "\n" << explained.out;
  }
}

/// A window on the day after tomorrow: closed now, and at midnight too.
std::string closed_window() {
  constexpr std::array kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const auto later = std::chrono::weekday(today + std::chrono::days(2));
  return std::string(kDays.at(later.c_encoding())) + " 09:00-17:00 UTC";
}

TEST_F(RailsOf, OutsideTheWindowsTheAgentPlansAndAPersonMayPass) {
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[rails]\nwindows = [\"" + closed_window() +
      "\"]\n[[rule]]\nname = \"n\"\ncause = [\"nproc-limit\"]\ntry = [\"nproc-limit\"]\n");
  const auto planned = forkmend_.run({"--policy", policy, "agent", "--once", "-i", server_.url()});
  EXPECT_EQ(planned.exit_code, 1) << planned.out << planned.err;
  EXPECT_TRUE(holds(planned.err, "changes are allowed in the windows")) << planned.err;
  EXPECT_TRUE(holds(planned.err, "forkmend fix --plan p-")) << planned.err;
  EXPECT_EQ(forkmend_.run({"history"}).out, "No incident is recorded.\n");
  EXPECT_EQ(fix({"--policy", policy}).exit_code, 11);
  EXPECT_EQ(fix({"--policy", policy, "--override", "windows"}).exit_code, 0);
}

TEST(HostIncident, IsOneOfThreeServersAndEachSaveIsProven) {
  std::vector<std::unique_ptr<RedisServer>> servers;
  std::vector<std::string> words{"fix", "--yes"};
  for (int i = 0; i < 3; ++i) {
    servers.push_back(std::make_unique<RedisServer>(server_options()));
    break_saves(*servers.back());
    words.insert(words.end(), {"-i", servers.back()->url()});
  }
  const Forkmend forkmend(ordinary_user());
  words[1] = "--dry-run";
  const auto planned = forkmend.run(words);
  EXPECT_EQ(planned.exit_code, 10) << planned.err;
  EXPECT_TRUE(holds(planned.out, "One incident of this host: nproc-limit on 3 servers"))
      << planned.out;
  EXPECT_TRUE(holds(planned.out, "its steps: forkmend fix --dry-run -i " + servers[2]->url()))
      << planned.out;
  words[1] = "--yes";
  int exit_code = -1;
  const auto document = forkmend.json(words, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "host_incidents.0.cause"), "nproc-limit");
  for (const auto& server : servers) EXPECT_EQ(server->info("rdb_last_bgsave_status"), "ok");
  const auto history = forkmend.json({"history"}, &exit_code);
  const std::string first = at_path(history, "incidents.0.id");
  for (const auto* number : {"0", "1", "2"}) {
    EXPECT_EQ(at_path(history, "incidents." + std::string(number) + ".host_incident"), first)
        << history;
  }
}

}  // namespace
}  // namespace forkmend::testing
