// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The whole way on a fork that really fails: EAGAIN by RLIMIT_NPROC, on a server of an ordinary
// user, mended without root.
#include <gtest/gtest.h>

#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

class NprocFix : public ::testing::Test {
 protected:
  NprocFix() : server_(options()), forkmend_(ordinary_user()) {
    server_.call({"SET", "order:1", "paid"});
    refuse_forks_by_nproc(server_.pid());
    broken_ = nproc_limits(server_.pid());
    server_.save_that_fails();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    return options;
  }

  RedisServer server_;
  Forkmend forkmend_;
  std::string broken_;
};

TEST_F(NprocFix, HealsWithoutRootAndProvesIt) {
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "nproc-limit");
  EXPECT_EQ(at_path(document, "instances.0.failures.0.errno"), "EAGAIN");
  EXPECT_EQ(at_path(document, "instances.0.outcome.state"), "healed");
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "nproc-limit");
  EXPECT_EQ(at_path(document, "instances.0.outcome.verified.0.proven"), "true");
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
  EXPECT_TRUE(std::filesystem::exists(server_.directory() + "/dump.rdb"));
  EXPECT_NE(nproc_limits(server_.pid()), broken_);
}

TEST_F(NprocFix, IsHealedByWhoeverRunsTheTestsToo) {
  // As root this is another user than the server's; root may even lack CAP_SYS_RESOURCE.
  const Forkmend ours;
  const auto healed = ours.run({"fix", "--yes", "-i", server_.url()});
  EXPECT_EQ(healed.exit_code, 0) << healed.out << healed.err;
  EXPECT_EQ(ours.run({"rollback", "--all"}).exit_code, 0);
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
}

TEST_F(NprocFix, RollbackBringsTheLimitBack) {
  ASSERT_EQ(forkmend_.run({"fix", "--yes", "-i", server_.url()}).exit_code, 0);
  const auto undone = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
  const auto again = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.out.find("Nothing to undo"), std::string::npos) << again.out;
}

TEST_F(NprocFix, RollbackLeavesWhatSomebodyElseHasChanged) {
  ASSERT_EQ(forkmend_.run({"fix", "--yes", "-i", server_.url()}).exit_code, 0);
  set_nproc(server_.pid(), "77:");
  const auto left = forkmend_.run({"rollback", "--all"});
  EXPECT_EQ(left.exit_code, 1) << left.out << left.err;
  EXPECT_TRUE(nproc_limits(server_.pid()).starts_with("77:"));
}

TEST_F(NprocFix, DryRunChangesNothingAndItsPlanIsWhatRuns) {
  int exit_code = -1;
  const auto planned = forkmend_.json({"fix", "--dry-run", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 10) << planned;
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "err");
  const std::string id = at_path(planned, "instances.0.plan.id");
  ASSERT_FALSE(id.empty());

  const auto done = forkmend_.json({"fix", "--yes", "--plan", id, "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << done;
  EXPECT_EQ(at_path(done, "instances.0.plan.id"), id);
  for (const auto* field : {"type", "target", "before", "after", "shell"}) {
    EXPECT_EQ(at_path(planned, std::string("instances.0.plan.steps.0.") + field),
              at_path(done, std::string("instances.0.outcome.changes.0.step.") + field))
        << field;
  }
}

TEST_F(NprocFix, APlanIsRefusedWhenFactsMoved) {
  int exit_code = -1;
  const auto planned = forkmend_.json({"fix", "--dry-run", "-i", server_.url()}, &exit_code);
  const std::string id = at_path(planned, "instances.0.plan.id");
  set_nproc(server_.pid(), "2:");
  const auto refused = forkmend_.run({"fix", "--yes", "--plan", id, "-i", server_.url()});
  EXPECT_EQ(refused.exit_code, 15) << refused.out << refused.err;
  EXPECT_NE(refused.out.find("facts moved"), std::string::npos) << refused.out;
  EXPECT_TRUE(nproc_limits(server_.pid()).starts_with("2:"));
}

TEST_F(NprocFix, WithoutTerminalAndYesNothingIsChangedAndThatIsSaid) {
  const auto result = forkmend_.run({"fix", "-i", server_.url()});
  EXPECT_EQ(result.exit_code, 10) << result.out << result.err;
  EXPECT_NE(result.out.find("Nothing was changed: there is no terminal to ask on"),
            std::string::npos)
      << result.out;
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
}

TEST_F(NprocFix, DiagnoseNamesTheCauseAndRulesTheOthersOut) {
  int exit_code = -1;
  const auto document = forkmend_.json({"diagnose", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 1) << document;
  EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "nproc-limit");
  EXPECT_EQ(at_path(document, "instances.0.forecast.binding_rule"), "NPROC");
  const std::string ruled_out = at_path(document, "instances.0.ruled_out");
  EXPECT_NE(ruled_out.find("commit-limit"), std::string::npos) << ruled_out;
  EXPECT_NE(ruled_out.find("pids-limit"), std::string::npos) << ruled_out;
}

TEST_F(NprocFix, ThePolicyMayDenyIt) {
  const std::string policy = forkmend_.policy(
      "schema = 1\nmode = \"heal\"\n[rails]\ndeny = [\"nproc-limit\"]\n[[rule]]\nname = \"n\"\n"
      "cause = [\"nproc-limit\"]\ntry = [{ remedy = \"nproc-limit\" }]\n");
  const auto result = forkmend_.run({"--policy", policy, "fix", "--yes", "-i", server_.url()});
  EXPECT_EQ(result.exit_code, 11) << result.out << result.err;
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
}

TEST_F(NprocFix, HistoryTellsWhatWasDone) {
  ASSERT_EQ(forkmend_.run({"fix", "--yes", "-i", server_.url()}).exit_code, 0);
  int exit_code = -1;
  const auto list = forkmend_.json({"history"}, &exit_code);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(at_path(list, "incidents.0.state"), "healed");
  const std::string id = at_path(list, "incidents.0.id");
  const auto one = forkmend_.json({"history", "show", id}, &exit_code);
  EXPECT_EQ(exit_code, 0);
  EXPECT_EQ(at_path(one, "incidents.0.changes.0.state"), "applied");
  EXPECT_NE(forkmend_.run({"history", "show", id}).out.find("nproc-limit"), std::string::npos);
}

TEST_F(NprocFix, TheAgentHealsInHealModeOnly) {
  const auto observed =
      forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_.url()});
  EXPECT_EQ(observed.exit_code, 1) << observed.out << observed.err;
  const auto planned = forkmend_.run({"agent", "--once", "--mode", "dry-run", "-i", server_.url()});
  EXPECT_EQ(planned.exit_code, 1) << planned.out << planned.err;
  EXPECT_EQ(nproc_limits(server_.pid()), broken_);
  const auto healed = forkmend_.run({"agent", "--once", "--mode", "heal", "-i", server_.url()});
  EXPECT_EQ(healed.exit_code, 0) << healed.out << healed.err;
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
}

TEST_F(NprocFix, AFailureThatIsOverNeedsOnlyASave) {
  set_nproc(server_.pid(), "4000:");
  int exit_code = -1;
  const auto document = forkmend_.json({"fix", "--yes", "-i", server_.url()}, &exit_code);
  EXPECT_EQ(exit_code, 0) << document;
  EXPECT_EQ(at_path(document, "instances.0.outcome.healed_by"), "save-again");
  EXPECT_EQ(at_path(document, "instances.0.outcome.changes"), "[]");
  EXPECT_EQ(server_.info("rdb_last_bgsave_status"), "ok");
}

}  // namespace
}  // namespace forkmend::testing
