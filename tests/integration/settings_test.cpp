// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the configuration means for the commands that are no agent.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "integration/agent_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

bool contains_text(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class SettingsOf : public ::testing::Test {
 protected:
  SettingsOf() : server_(secured()) {}
  static ServerOptions secured() {
    ServerOptions options;
    options.password = "hunter2";
    return options;
  }
  void configure(const std::string& more) {
    files_.configure("schema = 1\ndiscovery.enabled = false\n" + more + "[[instance]]\nurl = \"" +
                     server_.url() + "\"\npassword_file = \"" +
                     files_.secret("password", "hunter2\n") + "\"\n");
  }
  RedisServer server_;
  AgentProgram files_;  ///< never started
};

TEST_F(SettingsOf, GiveEveryCommandItsServersAndPasswords) {
  configure("");
  const auto all = files_.run({"diagnose"});
  EXPECT_EQ(all.exit_code, 0) << all.out << all.err;
  EXPECT_TRUE(contains_text(all.out, server_.url())) << all.out;
  const auto named = files_.run({"diagnose", "-i", server_.url()});
  EXPECT_EQ(named.exit_code, 0) << named.out << named.err;
}

TEST_F(SettingsOf, AreAnAclUserToo) {
  server_.call({"ACL", "SETUSER", "forkmend", "on", ">of-forkmend", "~*", "&*", "+@all"});
  server_.call({"ACL", "SETUSER", "default", "off"});
  files_.configure("schema = 1\ndiscovery.enabled = false\n[[instance]]\nurl = \"" + server_.url() +
                   "\"\nusername = \"forkmend\"\npassword_file = \"" +
                   files_.secret("acl", "of-forkmend\n") + "\"\n");
  const auto diagnosed = files_.run({"diagnose"});
  EXPECT_EQ(diagnosed.exit_code, 0) << diagnosed.out << diagnosed.err;
  EXPECT_TRUE(contains_text(diagnosed.out, "saves work")) << diagnosed.out;
}

TEST_F(SettingsOf, WithoutAPasswordThatCanBeReadAreTold) {
  configure("");
  const std::string path = files_.secret("password", "hunter2\n");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const auto diagnosed = files_.run({"diagnose"});
  EXPECT_TRUE(contains_text(diagnosed.err, "is open to every user of this host; run: chmod 600"))
      << diagnosed.err;
  EXPECT_FALSE(contains_text(diagnosed.err + diagnosed.out, "hunter2"));
}

TEST_F(SettingsOf, NameThePolicyAndTheMode) {
  const Forkmend own;
  const std::string policy = own.policy(
      "schema = 1\nmode = \"observe\"\n[rails]\ncooldown = "
      "\"7m\"\n");
  configure("policy = \"" + policy + "\"\nmode = \"heal\"\n");
  const auto shown = files_.run({"policy", "show"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_TRUE(contains_text(shown.out, "# " + policy)) << shown.out;
  EXPECT_TRUE(contains_text(shown.out, "mode = \"heal\"")) << shown.out;
  EXPECT_TRUE(contains_text(shown.out, "cooldown = \"7m\"")) << shown.out;
  const auto checked = files_.run({"policy", "check", files_.config()});
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
  EXPECT_EQ(checked.out, files_.config() +
                             ": good (configuration, drop-ins: 0, servers named: 1, "
                             "policy: " +
                             policy + ")\n");
}

TEST_F(SettingsOf, AreCheckedWithTheirPolicy) {
  const Forkmend own;
  const std::string policy = own.policy("schema = 1\nmood = 1\n");
  configure("policy = \"" + policy + "\"\n");
  const auto bad_policy = files_.run({"policy", "check"});
  EXPECT_EQ(bad_policy.exit_code, 2);
  EXPECT_TRUE(bad_policy.out.starts_with(policy + ":2:1: unknown key \"mood\"")) << bad_policy.out;
  files_.configure("schema = 1\n[poll]\nintervals = \"1s\"\n");
  const auto bad = files_.run({"policy", "check", files_.config()});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.out, files_.config() +
                         ":3:1: unknown key \"intervals\" in [poll]; expected "
                         "\"interval\"; did you mean \"interval\"?\n");
}

}  // namespace
}  // namespace forkmend::testing
