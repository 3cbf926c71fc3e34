// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The built program on real servers, killed before each system call that changes something, on its
// way through diagnosis, change and proof. The next start of forkmend must find the server as it
// was, or healed and proven.
#include <gtest/gtest.h>

#include <functional>

#include "crash/fix_on_server.hpp"
#include "crash/run_table.hpp"

namespace forkmend::testing {
namespace {

class KilledOnServer {
 public:
  KilledOnServer(std::string remedy, std::function<std::string(const RedisServer&)> setting)
      : remedy_(std::move(remedy)), setting_(std::move(setting)), old_(setting_(one_.server())) {}

  FixOnServer& on() { return one_; }

  /// At about `some` moments, or at each.
  void run(std::size_t some) {
    const std::size_t all = count();
    ASSERT_GT(all, 100U) << "the program did hardly anything";
    for (const std::size_t moment : moments(all, some, all / some / 2)) {
      SCOPED_TRACE(remedy_ + ", killed at " + std::to_string(moment) + " of " +
                   std::to_string(all));
      once(moment);
      if (::testing::Test::HasFailure()) return;
    }
  }

 private:
  std::size_t count() {
    std::size_t seen = 0;
    one_.begin();
    const auto end = one_.fix([&](const SystemCall& call) {
      if (may_change(call)) ++seen;
      return Verdict{};
    });
    EXPECT_TRUE(end.exit_code == 0 || end.exit_code == 14) << end.exit_code;
    EXPECT_NE(setting_(one_.server()), old_);
    undo();
    return seen;
  }

  void once(std::size_t moment) {
    one_.begin();
    std::size_t seen = 0;
    static_cast<void>(one_.fix([&](const SystemCall& call) {
      const bool now = may_change(call) && seen++ == moment;
      return Verdict{.kind = now ? Verdict::Kind::kill : Verdict::Kind::go_on};
    }));
    one_.start_again();
    const std::string state = one_.incident_state();
    const bool good = state == "healed" || state == "mitigated";
    const bool old = setting_(one_.server()) == old_;
    EXPECT_NE(good, old) << state;
    EXPECT_NE(state, "open");
    if (state == "healed") {
      EXPECT_EQ(one_.server().info("rdb_last_bgsave_status"), "ok");
    }
    count_run(remedy_ + " (real)", "kill",
              good == old ? Ended::between : (good ? Ended::as_healed : Ended::as_before));
    undo();
  }

  void undo() {
    const auto undone = one_.forkmend({"rollback", "--all"});
    EXPECT_EQ(undone.exit_code, 0) << undone.out << undone.err;
    EXPECT_EQ(setting_(one_.server()), old_);
  }

  std::string remedy_;
  FixOnServer one_;
  std::function<std::string(const RedisServer&)> setting_;
  std::string old_;
};

TEST(KilledOnRealServers, AProcessLimitIsTheOldOneOrProven) {
  KilledOnServer killed("nproc-limit",
                        [](const RedisServer& server) { return nproc_limits(server.pid()); });
  killed.run(20);
}

TEST(KilledOnRealServers, ASettingOfTheServerIsTheOldOneOrRecorded) {
  KilledOnServer killed("stop-writes", [](const RedisServer& server) {
    return server.call({"CONFIG", "GET", "stop-writes-on-bgsave-error"});
  });
  killed.on().follow(
      "schema = 1\nmode = \"heal\"\n[rails]\nmax_risk = \"durability\"\n[[rule]]\nname = \"n\"\n"
      "cause = [\"nproc-limit\"]\ntry = [{ remedy = \"stop-writes\" }]\n",
      {"--allow", "durability"});
  killed.run(20);
}

}  // namespace
}  // namespace forkmend::testing
