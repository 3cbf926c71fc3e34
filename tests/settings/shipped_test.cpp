// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// packaging/forkmend.toml: what ships says what holds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/text.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {
namespace {

std::string shipped_text() {
  const char* root = std::getenv("FORKMEND_SOURCE_ROOT");
  std::ifstream in(std::string(root != nullptr ? root : "") + "/packaging/forkmend.toml");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Settings loaded(const std::string& text) {
  auto result = parse_settings(text, "forkmend.toml");
  if (auto* settings = std::get_if<Settings>(&result)) return std::move(*settings);
  for (const auto& error : std::get<std::vector<policy::PolicyError>>(result)) {
    ADD_FAILURE() << to_string(error);
  }
  return {};
}

TEST(ShippedSettings, AreTheDefaults) {
  const Settings shipped = loaded(shipped_text());
  const Settings defaults;
  EXPECT_EQ(shipped.policy, defaults.policy);
  EXPECT_EQ(shipped.mode, defaults.mode);
  EXPECT_EQ(shipped.discovery.enabled, defaults.discovery.enabled);
  EXPECT_EQ(shipped.poll.interval, defaults.poll.interval);
  EXPECT_TRUE(shipped.instances.empty());
  EXPECT_EQ(shipped.metrics.listen, defaults.metrics.listen);
  EXPECT_EQ(shipped.control.socket, "/run/forkmend/control.sock");
  EXPECT_EQ(shipped.control.mode, defaults.control.mode);
  EXPECT_TRUE(shipped.notify.empty());
  EXPECT_EQ(shipped.journal.keep, defaults.journal.keep);
}

/// Keys that are commented out begin with "#" and no blank; comments have one.
std::string all_switched_on(const std::string& text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const bool key = line.starts_with("#") && line.size() > 1 && line[1] != ' ';
    // Only one of the two ways to have a password.
    if (line.starts_with("#credential")) continue;
    out.append(key ? line.substr(1) : line).append("\n");
  }
  return out;
}

TEST(ShippedSettings, HaveExamplesThatLoad) {
  const Settings all = loaded(all_switched_on(shipped_text()));
  EXPECT_EQ(all.policy, "/etc/forkmend/policies/default.toml");
  EXPECT_EQ(all.mode, policy::Mode::dry_run);
  ASSERT_EQ(all.instances.size(), 1U);
  EXPECT_EQ(all.instances.front().username, "forkmend");
  ASSERT_EQ(all.notify.size(), 4U);
  EXPECT_EQ(all.notify.back().command.front(), "/usr/local/bin/page");
}

TEST(ShippedSettings, NameEveryKey) {
  const std::string text = shipped_text();
  for (const char* key :
       {"schema", "policy", "mode", "enabled", "interval", "url", "username", "password_file",
        "credential", "ca_file", "listen", "socket", "type", "to", "from", "command", "keep"}) {
    EXPECT_NE(text.find(std::string("\n") + key + " = "),
              text.find(std::string("\n#") + key + " = "))
        << key;
  }
}

}  // namespace
}  // namespace forkmend::settings
