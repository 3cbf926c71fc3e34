// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/policy/remedies.hpp"
#include "base/text.hpp"
#include "diff.hpp"
#include "policy/cause_ids.hpp"
#include "policy/policy.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::policy {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

fs::path directory(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? fs::path(value) : fs::path();
}

std::vector<fs::path> cases_in(const std::string& kind) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory("FORKMEND_POLICY_CASES") / kind)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

LoadResult parse(const std::string& text, const std::string& file) {
  return parse_policy(text, file, testing::kRemedies);
}

std::string shown(const std::vector<PolicyError>& errors) {
  std::string text;
  for (const PolicyError& error : errors) text += to_string(error) + "\n";
  return text;
}

/// What the loader says: the mistakes, or the policy in full.
std::string outcome(const LoadResult& result) {
  if (const auto* errors = std::get_if<std::vector<PolicyError>>(&result)) return shown(*errors);
  return to_toml(std::get<Policy>(result));
}

/// FORKMEND_UPDATE_GOLDEN=1 writes what is said now; the change is then reviewed as a diff.
void expect_golden(const fs::path& file, const std::string& actual) {
  fs::path golden = file;
  golden.replace_extension(".expected");
  if (std::getenv("FORKMEND_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  const std::string expected = read_file(golden);
  EXPECT_EQ(actual == expected, true) << golden.filename() << " (- expected, + said)\n"
                                      << testing::diff(expected, actual);
}

TEST(BadPolicies, AreRejectedWithExactlyTheseWords) {
  const auto files = cases_in("bad");
  EXPECT_GE(files.size(), 60U);
  for (const fs::path& file : files) {
    const auto result = parse(read_file(file), file.filename().string());
    ASSERT_TRUE(std::holds_alternative<std::vector<PolicyError>>(result)) << file;
    expect_golden(file, outcome(result));
  }
}

TEST(BadPolicies, SayWhereWhatAndWhatWasExpected) {
  for (const fs::path& file : cases_in("bad")) {
    const auto result = parse(read_file(file), file.filename().string());
    ASSERT_TRUE(std::holds_alternative<std::vector<PolicyError>>(result)) << file;
    for (const PolicyError& error : std::get<std::vector<PolicyError>>(result)) {
      EXPECT_GT(error.at.line, 0U) << to_string(error);
      EXPECT_GT(error.at.column, 0U) << to_string(error);
      EXPECT_NE(error.message.find("; expected "), std::string::npos) << to_string(error);
    }
  }
}

TEST(GoodPolicies, MeanExactlyThis) {
  const auto files = cases_in("good");
  EXPECT_GE(files.size(), 12U);
  for (const fs::path& file : files) {
    const auto result = parse(read_file(file), file.filename().string());
    ASSERT_TRUE(std::holds_alternative<Policy>(result)) << outcome(result);
    expect_golden(file, outcome(result));
  }
}

void expect_same_effect(const Rule& a, const Rule& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.on, b.on);
  EXPECT_EQ(a.causes, b.causes);
  EXPECT_EQ(a.persist, b.persist);
  ASSERT_EQ(a.when.size(), b.when.size());
  for (std::size_t i = 0; i < a.when.size(); ++i) {
    EXPECT_EQ(a.when[i].fact, b.when[i].fact);
    EXPECT_EQ(a.when[i].op, b.when[i].op);
    EXPECT_EQ(a.when[i].values, b.when[i].values);
  }
  for (const auto member : {&Rule::attempts, &Rule::first_aid}) {
    ASSERT_EQ((a.*member).size(), (b.*member).size());
    for (std::size_t i = 0; i < (a.*member).size(); ++i) {
      EXPECT_EQ((a.*member)[i].remedy, (b.*member)[i].remedy);
      EXPECT_EQ((a.*member)[i].risk, (b.*member)[i].risk);
      EXPECT_EQ((a.*member)[i].parameters.all(), (b.*member)[i].parameters.all());
    }
  }
}

TEST(GoodPolicies, SurviveBeingWrittenAndReadAgain) {
  for (const fs::path& file : cases_in("good")) {
    const auto first = parse(read_file(file), file.filename().string());
    ASSERT_TRUE(std::holds_alternative<Policy>(first)) << outcome(first);
    const auto& before = std::get<Policy>(first);
    const auto second = parse(to_toml(before), file.filename().string());
    ASSERT_TRUE(std::holds_alternative<Policy>(second)) << outcome(second);
    const auto& after = std::get<Policy>(second);
    EXPECT_EQ(to_toml(before), to_toml(after)) << file;
    EXPECT_EQ(before.mode, after.mode) << file;
    EXPECT_EQ(before.rails.cooldown, after.rails.cooldown) << file;
    EXPECT_EQ(before.rails.verify_timeout, after.rails.verify_timeout) << file;
    EXPECT_EQ(before.rails.windows.size(), after.rails.windows.size()) << file;
    ASSERT_EQ(before.rules.size(), after.rules.size()) << file;
    for (std::size_t i = 0; i < before.rules.size(); ++i) {
      expect_same_effect(before.rules[i], after.rules[i]);
    }
  }
}

/// The fenced TOML of a page; a fence with words behind "toml" is not a whole policy.
std::vector<std::string> policies_in(const std::string& page) {
  std::vector<std::string> found;
  bool inside = false;
  for (const std::string_view line : lines_of(page)) {
    if (line == "```toml") {
      found.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      found.back().append(line).append("\n");
    }
  }
  return found;
}

TEST(PolicyReference, HasExamplesThatLoad) {
  const auto examples = policies_in(read_file(directory("FORKMEND_POLICIES") / "README.md"));
  EXPECT_GE(examples.size(), 3U);
  for (const std::string& example : examples) {
    const auto result = parse(example, "README.md");
    EXPECT_TRUE(std::holds_alternative<Policy>(result)) << outcome(result) << example;
  }
}

TEST(PolicyReference, NamesEveryKeyAndEveryCause) {
  const std::string page = read_file(directory("FORKMEND_POLICIES") / "README.md");
  for (const CauseInfo& cause : known_causes()) {
    EXPECT_NE(page.find("| `" + std::string(cause.id) + "` | " + std::string(cause.meaning)),
              std::string::npos)
        << cause.id;
  }
  const auto result =
      parse_policy(default_policy_text(), "built-in default", remediations::remedy_declarations());
  ASSERT_TRUE(std::holds_alternative<Policy>(result)) << outcome(result);
  const std::string effective = to_toml(std::get<Policy>(result));
  for (const std::string_view line : lines_of(effective)) {
    const std::string key(line.substr(0, line.find(" = ")));
    if (key.size() == line.size() || key.starts_with(' ')) continue;
    EXPECT_NE(page.find("| `" + key + "` |"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace forkmend::policy
