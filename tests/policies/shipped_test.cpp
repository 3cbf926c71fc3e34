// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The policies that ship, read with the remedies that there are. What they do is in tests/bundles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "policy/policy.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::policy {
namespace {

using ::testing::Each;
using ::testing::IsSupersetOf;

namespace fs = std::filesystem;

fs::path folder() {
  const char* value = std::getenv("FORKMEND_POLICIES");
  return value != nullptr ? fs::path(value) : fs::path();
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Policy parsed(std::string_view text, const std::string& file) {
  auto loaded = parse_policy(text, file, remediations::remedy_declarations());
  if (auto* policy = std::get_if<Policy>(&loaded)) return std::move(*policy);
  for (const auto& error : std::get<std::vector<PolicyError>>(loaded)) {
    ADD_FAILURE() << to_string(error);
  }
  return {};
}

/// Stem -> text.
std::map<std::string, std::string> shipped() {
  std::map<std::string, std::string> all;
  for (const auto& file : fs::directory_iterator(folder())) {
    if (file.path().extension() != ".toml") continue;
    all.emplace(file.path().stem().string(), text_of(file.path()));
  }
  return all;
}

TEST(ShippedPolicies, AreAllThere) {
  std::vector<std::string> names;
  for (const auto& [name, text] : shipped()) names.push_back(name);
  EXPECT_THAT(names, IsSupersetOf({"cache", "conservative", "container-host", "default", "replica",
                                   "strict-overcommit"}));
}

TEST(ShippedPolicies, Load) {
  for (const auto& [name, text] : shipped()) {
    EXPECT_FALSE(parsed(text, name + ".toml").rules.empty()) << name;
  }
}

TEST(ShippedPolicies, AreOnTheirPageAndInstalled) {
  const std::string page = text_of(folder() / "README.md");
  const std::string build = text_of(folder() / "meson.build");
  for (const auto& [name, text] : shipped()) {
    EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name;
    EXPECT_NE(build.find("'" + name + ".toml'"), std::string::npos) << name;
  }
}

/// A value without a reason is a value that nobody dares to change.
TEST(ShippedPolicies, SayWhyOfEveryRailThatIsNotTheDefault) {
  const std::string defaults = to_toml(Policy{});
  for (const auto& [name, text] : shipped()) {
    std::string before;
    for (const std::string_view line : lines_of(text)) {
      const bool setting = line.find(" = ") != std::string_view::npos && !line.starts_with(' ') &&
                           !line.starts_with('#');
      const bool usual = defaults.find(std::string(line) + "\n") != std::string::npos;
      if (setting && !usual && before.empty() && !line.starts_with("schema")) {
        ADD_FAILURE() << name << ": no comment above " << line;
      }
      before = line;
    }
  }
}

TEST(DefaultPolicy, IsTheFileThatShips) {
  EXPECT_EQ(default_policy_text(), text_of(folder() / "default.toml"));
}

TEST(DefaultPolicy, RepairsWhatIsSafeAndChangesNothingUnasked) {
  const Policy policy = parsed(default_policy_text(), "built-in default");
  EXPECT_EQ(policy.mode, Mode::dry_run);
  EXPECT_TRUE(policy.rails.keep_strict_overcommit);
  std::vector<std::string> repairs;
  std::vector<Risk> risks;
  for (const Rule& rule : policy.rules) {
    for (const RemedyChoice& choice : rule.attempts) {
      repairs.push_back(rule.causes.front() + ": " + choice.remedy);
      risks.push_back(remediations::find_remediation(choice.remedy)->risk);
    }
  }
  EXPECT_THAT(repairs,
              IsSupersetOf({"commit-limit: overcommit-limit",
                            "overcommit-heuristic: overcommit-memory", "nproc-limit: nproc-limit",
                            "pids-limit: tasks-limit", "memory-shortage: memory-advice"}));
  EXPECT_THAT(risks, Each(::testing::Le(Risk::disruptive)));
}

TEST(DefaultPolicy, WritesOutTheDefaultsOfEveryRail) {
  Policy without_rules = parsed(default_policy_text(), "built-in default");
  without_rules.rules.clear();
  EXPECT_EQ(to_toml(without_rules), to_toml(parsed("schema = 1\n", "empty.toml")));
}

}  // namespace
}  // namespace forkmend::policy
