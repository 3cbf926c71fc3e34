// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "settings/control.hpp"
#include "settings/settings.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::settings {
namespace {

class SettingsFiles : public ::testing::Test {
 protected:
  void write(const std::map<std::string, std::string>& files) {
    testing::write_tree(dir_.path(), files);
  }
  [[nodiscard]] std::string path() const { return (dir_.path() / "forkmend.toml").string(); }
  [[nodiscard]] std::string in(const std::string& name) const {
    return (dir_.path() / name).string();
  }
  [[nodiscard]] Settings good() const {
    auto result = load_settings(path());
    if (auto* settings = std::get_if<Settings>(&result)) return std::move(*settings);
    ADD_FAILURE() << complaints();
    return {};
  }
  [[nodiscard]] std::string complaints() const {
    const auto result = load_settings(path());
    const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&result);
    std::string text;
    if (errors == nullptr) return text;
    for (const auto& error : *errors) text += to_string(error) + "\n";
    return text;
  }

 private:
  testing::TempDir dir_;
};

TEST_F(SettingsFiles, OfALaterNameWinKeyByKey) {
  write({{"/forkmend.toml", "schema = 1\nmode = \"heal\"\n[poll]\ninterval = \"5s\"\n"},
         {"/forkmend.d/20-b.toml", "schema = 1\nmode = \"observe\"\n"},
         {"/forkmend.d/10-a.toml", "schema = 1\nmode = \"dry-run\"\n[poll]\ninterval = \"2s\"\n"},
         {"/forkmend.d/README", "not read"}});
  const Settings settings = good();
  EXPECT_EQ(settings.mode, policy::Mode::observe);
  EXPECT_EQ(settings.poll.interval, std::chrono::seconds(2));
  EXPECT_EQ(settings.sources,
            (std::vector{path(), in("forkmend.d/10-a.toml"), in("forkmend.d/20-b.toml")}));
}

TEST_F(SettingsFiles, ReplaceAnInstanceOfTheSameUrlAsAWhole) {
  write({{"/forkmend.toml",
          "schema = 1\n[[instance]]\nurl = \"redis://127.0.0.1:6379\"\nusername = \"a\"\n"
          "password_file = \"/x\"\n[[instance]]\nurl = \"redis://127.0.0.1:6380\"\n"},
         {"/forkmend.d/a.toml",
          "schema = 1\n[[instance]]\nurl = \"redis://127.0.0.1\"\ncredential = \"c\"\n"}});
  const Settings settings = good();
  ASSERT_EQ(settings.instances.size(), 2U);
  EXPECT_EQ(to_string(settings.instances[0].endpoint), "redis://127.0.0.1:6379");
  EXPECT_EQ(settings.instances[0].username, "");
  EXPECT_EQ(settings.instances[0].password_file, "");
  EXPECT_EQ(settings.instances[0].credential, "c");
}

TEST_F(SettingsFiles, AddTheirNotifyUp) {
  const std::string hook = "schema = 1\n[[notify]]\ntype = \"webhook\"\nurl = \"http://";
  write({{"/forkmend.toml", hook + "one/\"\n"}, {"/forkmend.d/x.toml", hook + "two/\"\n"}});
  const Settings settings = good();
  ASSERT_EQ(settings.notify.size(), 2U);
  EXPECT_EQ(settings.notify[0].url, "http://one/");
  EXPECT_EQ(settings.notify[1].url, "http://two/");
}

TEST_F(SettingsFiles, MayBeDropInsAlone) {
  EXPECT_FALSE(is_configured(path()));
  write({{"/forkmend.d/x.toml", "schema = 1\nmode = \"heal\"\n"}});
  EXPECT_TRUE(is_configured(path()));
  EXPECT_EQ(good().mode, policy::Mode::heal);
}

TEST_F(SettingsFiles, AreAllCheckedAtOnce) {
  write(
      {{"/forkmend.toml", "schema = 1\nmood = 1\n"}, {"/forkmend.d/a.toml", "mode = \"heel\"\n"}});
  EXPECT_EQ(complaints(),
            path() +
                ":2:1: unknown key \"mood\" at the top of the file; expected \"schema\", "
                "\"policy\", \"mode\", \"discovery\", \"poll\", \"metrics\", \"control\", "
                "\"journal\", \"instance\" or \"notify\"\n" +
                in("forkmend.d/a.toml") +
                ":1:1: schema is missing; expected schema = 1 at the top of the file\n" +
                in("forkmend.d/a.toml") +
                ":1:8: mode is \"heel\"; expected \"observe\", \"dry-run\" or \"heal\"; did you "
                "mean \"heal\"?\n");
}

TEST_F(SettingsFiles, MustLeaveSomethingToWatch) {
  write({{"/forkmend.toml", "schema = 1\n[discovery]\nenabled = false\n"}});
  EXPECT_EQ(complaints(), path() +
                              ":3:11: discovery is off and no server is named: there is "
                              "nothing to watch; expected enabled = true, or an "
                              "[[instance]]\n");
  write({{"/forkmend.d/a.toml", "schema = 1\n[[instance]]\nurl = \"redis://127.0.0.1\"\n"}});
  EXPECT_FALSE(good().discovery.enabled);
}

TEST_F(SettingsFiles, SayWhereTheAgentIsEvenWithMistakes) {
  write({{"/forkmend.toml", "schema = 1\nmode = \"heel\"\n[control]\nsocket = \"/run/x.sock\"\n"},
         {"/forkmend.d/a.toml", "not TOML\n"}});
  EXPECT_EQ(load_control(path()).socket, "/run/x.sock");
  EXPECT_EQ(load_control(in("nothing.toml")).socket, "");
}

TEST_F(SettingsFiles, ThatAreMissingAreNamed) {
  EXPECT_EQ(complaints(), path() +
                              ": cannot be read: No such file or directory; expected the path of a "
                              "configuration file\n");
}

TEST_F(SettingsFiles, OfOthersAreNotReadAsRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root does not trust what others can write";
  write({{"/forkmend.toml", "schema = 1\n"}, {"/forkmend.d/a.toml", "schema = 1\n"}});
  ASSERT_EQ(chmod(in("forkmend.d/a.toml").c_str(), 0666), 0);
  EXPECT_NE(complaints().find("a.toml: cannot be trusted: it can be written by everybody"),
            std::string::npos)
      << complaints();
}

}  // namespace
}  // namespace forkmend::settings
