// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The agent with a configuration file and a control socket, and real servers.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "integration/agent_program.hpp"
#include "integration/json_schema.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{60};
const char* const kServerPassword = "hunter2-of-the-server";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string instance_of(const RedisServer& server) {
  return "[[instance]]\nurl = \"" + server.url() + "\"\n";
}

/// Only the servers that are named: others may run on this machine.
std::string named_only(const std::string& more) {
  return "schema = 1\n" + more +
         "discovery.enabled = false\n[poll]\ninterval = \"100ms\"\n[control]\nsocket = "
         "\"SOCKET\"\n";
}

/// The entry of that server in the agent's status; empty when there is none, an error when it is
/// there twice.
json::object entry_of(const json::object& status, const std::string& endpoint) {
  json::object found;
  for (const auto& item : status.at("servers").as_array()) {
    const auto& server = item.as_object();
    if (server.at("endpoint").as_string() != endpoint) continue;
    EXPECT_TRUE(found.empty()) << endpoint << " is there twice";
    found = server;
  }
  return found;
}

TEST(AgentControl, ShowsTheServersThatAreAddedAndThoseThatAreFound) {
  ServerOptions with_password;
  with_password.password = kServerPassword;
  const RedisServer added(with_password);
  const RedisServer found;
  AgentProgram agent;
  agent.configure("schema = 1\nmode = \"observe\"\n[control]\nsocket = \"SOCKET\"\n" +
                  instance_of(added) + "password_file = \"" +
                  agent.secret("password", std::string(kServerPassword) + "\n") + "\"\n");
  agent.start();
  json::object status = agent.status();
  // A further server makes a further datagram; another one that has gone is looked for, too.
  while (entry_of(status, added.url()).empty() ||
         (entry_of(status, found.url()).empty() && entry_of(status, found.unix_url()).empty())) {
    ASSERT_FALSE(agent.told().wait_for("STATUS=watching", kPatience).empty()) << agent.log();
    status = agent.status();
  }
  const auto entry = entry_of(status, added.url());
  EXPECT_EQ(entry.at("state").as_string(), "ok") << json::serialize(entry);
  EXPECT_EQ(entry.at("pid").as_int64(), added.pid());
  EXPECT_EQ(entry.at("at_risk").as_object().at("changes").as_int64(), 0);
  EXPECT_FALSE(entry.at("headroom").is_null());
  EXPECT_TRUE(entry_of(status, added.unix_url()).empty()) << "found a second time";
  expect_valid("status", agent.run({"--json", "status"}).out);
  const auto text = agent.run({"status"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_TRUE(has(text.out, "mode observe, policy built-in default")) << text.out;
  EXPECT_TRUE(has(text.out, added.url())) << text.out;
  for (const std::string& place :
       {agent.log(), read_file("/proc/" + std::to_string(agent.pid()) + "/cmdline"), text.out,
        read_file("/proc/" + std::to_string(agent.pid()) + "/environ")}) {
    EXPECT_FALSE(has(place, kServerPassword)) << place;
  }
}

TEST(AgentControl, ShowsWhatWouldBeLost) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + instance_of(server));
  agent.start();
  server.call({"SET", "a", "1"});
  server.call({"SET", "b", "1"});
  ASSERT_FALSE(agent.told().wait_for("watching 1 server", kPatience).empty());
  json::object entry;
  // The board is filled by the poll after the writes; each question is answered at once.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    entry = entry_of(agent.status(), server.url());
  } while (entry.at("at_risk").as_object().at("changes").as_int64() != 2 &&
           std::chrono::steady_clock::now() < end);
  EXPECT_EQ(entry.at("at_risk").as_object().at("changes").as_int64(), 2) << json::serialize(entry);
  EXPECT_TRUE(has(agent.run({"status"}).out, "2 changes, ")) << agent.run({"status"}).out;
}

TEST(AgentControl, KeepsWhatHeldWhenTheNewFileIsBad) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("mode = \"observe\"\n") + instance_of(server));
  agent.start();
  agent.configure(named_only("mode = \"heel\"\n") + "[journal]\nkep = \"1d\"\n" +
                  instance_of(server));
  const auto reload = agent.run({"status", "reload"});
  EXPECT_EQ(reload.exit_code, 2);
  EXPECT_EQ(reload.err,
            "forkmend: not reloaded, what held before holds on:\n"
            "forkmend: " +
                agent.config() +
                ":2:8: mode is \"heel\"; expected \"observe\", \"dry-run\" or \"heal\"; did you "
                "mean \"heal\"?\n"
                "forkmend: " +
                agent.config() +
                ":9:1: unknown key \"kep\" in [journal]; expected \"keep\"; did you mean "
                "\"keep\"?\n");
  EXPECT_FALSE(agent.told().wait_for("RELOADING=1\nMONOTONIC_USEC=", kPatience).empty());
  EXPECT_TRUE(has(agent.told().wait_for("READY=1", kPatience), "the last reload failed"));
  const auto status = agent.status();
  EXPECT_EQ(status.at("mode").as_string(), "observe");
  EXPECT_FALSE(status.at("reload").as_object().at("applied").as_bool());
  EXPECT_TRUE(has(agent.run({"status"}).out, "Reload   NOT applied at "));
  expect_valid("reload", agent.run({"--json", "status", "reload"}).out);
  expect_valid("status", agent.run({"--json", "status"}).out);
}

TEST(AgentControl, AppliesAGoodFileOnHangUp) {
  const RedisServer first;
  const RedisServer second;
  AgentProgram agent;
  agent.configure(named_only("mode = \"observe\"\n") + instance_of(first));
  agent.start();
  ASSERT_FALSE(agent.told().wait_for("watching 1 server", kPatience).empty()) << agent.log();
  agent.configure(
      "schema = 1\nmode = \"dry-run\"\ndiscovery.enabled = false\n[poll]\ninterval = "
      "\"250ms\"\n[control]\nsocket = \"SOCKET\"\n[metrics]\nlisten = \"off\"\n" +
      instance_of(first) + instance_of(second));
  ASSERT_EQ(kill(agent.pid(), SIGHUP), 0);
  EXPECT_FALSE(agent.told().wait_for("RELOADING=1", kPatience).empty());
  EXPECT_FALSE(agent.told().wait_for("READY=1", kPatience).empty());
  // The loop itself has taken it: it watches the second server.
  EXPECT_TRUE(has(agent.told().wait_for("watching 2 servers", kPatience), "mode dry-run"))
      << agent.log();
  const auto status = agent.status();
  EXPECT_EQ(status.at("mode").as_string(), "dry-run");
  EXPECT_EQ(status.at("interval_ms").as_int64(), 250);
  EXPECT_TRUE(has(agent.run({"status"}).out,
                  "metrics.listen is another one: it holds from the next start of the agent"))
      << agent.run({"status"}).out;
  EXPECT_TRUE(has(agent.log(), "reloaded: watching 1 server; mode dry-run")) << agent.log();
}

TEST(AgentControl, SaysBadFilesOfASignalInTheLog) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + instance_of(server));
  agent.start();
  agent.configure("schema = 1\npolicy = \"/nonexistent/policy.toml\"\n");
  ASSERT_EQ(kill(agent.pid(), SIGHUP), 0);
  EXPECT_FALSE(agent.told().wait_for("the last reload failed", kPatience).empty());
  EXPECT_TRUE(has(agent.log(), "reload: /nonexistent/policy.toml: cannot be read")) << agent.log();
}

TEST(AgentControl, SeesAPauseAndItsEnd) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + instance_of(server));
  agent.start();
  const std::string seen = " Seen by the agent (pid " + std::to_string(agent.pid()) + ").\n";
  const auto paused = agent.run({"status", "pause", "--reason", "lunch"});
  EXPECT_TRUE(paused.out.ends_with(seen)) << paused.out;
  EXPECT_TRUE(has(agent.run({"status"}).out, "Gate     pause: paused since"));
  EXPECT_TRUE(has(agent.log(), "Paused until forkmend status resume")) << agent.log();
  EXPECT_EQ(agent.run({"status", "resume"}).out, "Resumed." + seen);
  const auto elsewhere = Forkmend().run({"-c", agent.config(), "status", "resume"});
  EXPECT_TRUE(has(elsewhere.out, "NOT for the agent (pid")) << elsewhere.out;
}

TEST(AgentControl, LetsOthersReadButNotChange) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + "mode = \"0666\"\n" + instance_of(server));
  agent.start();
  const Forkmend other(ordinary_user());
  const auto status = other.run({"-c", agent.config(), "status"});
  EXPECT_EQ(status.exit_code, 0) << status.err;
  EXPECT_TRUE(has(status.out, "watching ")) << status.out;
  const auto reload = other.run({"-c", agent.config(), "status", "reload"});
  EXPECT_EQ(reload.exit_code, 4);
  EXPECT_TRUE(has(reload.err, "uid 60123 may only read the status; expected root or uid 0"))
      << reload.err;
  EXPECT_TRUE(agent.status().at("reload").is_null());
}

TEST(AgentControl, LetsNobodyInByDefault) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + instance_of(server));
  agent.start();
  const auto status = Forkmend(ordinary_user()).run({"-c", agent.config(), "status"});
  EXPECT_EQ(status.exit_code, 3);
  EXPECT_TRUE(has(status.err, "Permission denied")) << status.err;
}

TEST(AgentControl, FeedsTheWatchdogAndStopsGracefully) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("") + instance_of(server));
  const std::string ready = agent.start({{"WATCHDOG_USEC", "200000"}});
  EXPECT_TRUE(has(ready, "STATUS=watching 0 servers; mode dry-run")) << ready;
  EXPECT_FALSE(agent.told().wait_for("WATCHDOG=1", kPatience).empty());
  EXPECT_FALSE(agent.told().wait_for("WATCHDOG=1", kPatience).empty());
  EXPECT_EQ(agent.stop(), 0);
  EXPECT_FALSE(agent.told().wait_for("STOPPING=1", kPatience).empty());
  struct stat status{};
  EXPECT_NE(lstat(agent.socket().c_str(), &status), 0) << "the socket is still there";
  const auto after = agent.run({"status"});
  EXPECT_EQ(after.exit_code, 3);
  EXPECT_TRUE(has(after.out, "No agent answers")) << after.out;
  EXPECT_EQ(agent.run({"status", "reload"}).exit_code, 3);
}

TEST(AgentControl, IsDrawnAnewWhileItIsWatchedAlsoOverItsEndAndItsStart) {
  const RedisServer server;
  AgentProgram agent;
  agent.configure(named_only("mode = \"observe\"\n") + instance_of(server));
  (void)agent.start();
  const TempDir dir;
  const std::string drawn = (dir.path() / "drawn").string();
  const pid_t watching = agent.start_beside({"status", "--watch"}, drawn);
  EXPECT_TRUE(wait_for_text(drawn, server.url(), kPatience));
  std::size_t so_far = read_file(drawn).size();
  EXPECT_TRUE(wait_for_text(drawn, server.url(), kPatience, so_far)) << "drawn once only";
  EXPECT_EQ(agent.stop(), 0);
  so_far = read_file(drawn).size();
  EXPECT_TRUE(wait_for_text(drawn, "No agent answers", kPatience, so_far));
  so_far = read_file(drawn).size();
  (void)agent.start();
  EXPECT_TRUE(wait_for_text(drawn, server.url(), kPatience, so_far));
  kill(watching, SIGINT);
  int status = -1;
  waitpid(watching, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(AgentControl, DoesNotStartWithABadConfiguration) {
  const AgentProgram agent;
  agent.configure(
      "schema = 1\nmode = \"heel\"\n[poll]\ninterval = \"10ms\"\n[[instance]]\nurl = "
      "\"redis://127.0.0.1:1\"\npassword_file = \"/nonexistent/secret\"\n");
  const auto refused = agent.run({"agent"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(has(refused.err, ":2:8: mode is")) << refused.err;
  EXPECT_TRUE(has(refused.err, ":4:12: interval is")) << refused.err;
  agent.configure(
      "schema = 1\n[[instance]]\nurl = \"redis://127.0.0.1:1\"\npassword_file = "
      "\"/nonexistent/secret\"\n");
  const auto without = agent.run({"agent"});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_TRUE(has(without.err, "/nonexistent/secret")) << without.err;
  EXPECT_TRUE(has(without.err, "reading the password of redis://127.0.0.1:1")) << without.err;
}

}  // namespace
}  // namespace forkmend::testing
