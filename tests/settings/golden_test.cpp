// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "policies/diff.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_in(const std::string& kind) {
  const char* cases = std::getenv("FORKMEND_SETTINGS_CASES");
  std::vector<fs::path> files;
  if (cases == nullptr) return files;
  for (const auto& entry : fs::directory_iterator(fs::path(cases) / kind)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

LoadResult parse_file(const fs::path& file) {
  return parse_settings(content_of(file), file.filename().string());
}

void describe_instances(const Settings& settings, std::ostream& out) {
  for (const auto& instance : settings.instances) {
    out << "instance " << to_string(instance.endpoint) << " username=" << instance.username
        << " password_file=" << instance.password_file << " credential=" << instance.credential
        << " ca_file=" << instance.ca_file << "\n";
  }
}

void describe_notify(const Settings& settings, std::ostream& out) {
  for (const auto& notify : settings.notify) {
    out << "notify " << to_string(notify.type) << " url=" << notify.url << " to=" << notify.to
        << " from=" << notify.from << " command=";
    for (const auto& word : notify.command) out << "[" << word << "]";
    out << "\n";
  }
}

std::string described(const Settings& settings) {
  std::ostringstream out;
  out << "policy " << settings.policy << "\nmode "
      << (settings.mode ? to_string(*settings.mode) : "of the policy") << "\ndiscovery "
      << settings.discovery.enabled << "\ninterval " << settings.poll.interval.count() << " ms\n";
  describe_instances(settings, out);
  out << "listen " << settings.metrics.listen << "\nsocket " << settings.control.socket << " "
      << std::oct << settings.control.mode << std::dec << "\n";
  describe_notify(settings, out);
  out << "keep " << settings.journal.keep.count() << " ms\n";
  return out.str();
}

std::string said(const LoadResult& result) {
  const auto* errors = std::get_if<std::vector<policy::PolicyError>>(&result);
  if (errors == nullptr) return described(std::get<Settings>(result));
  std::string text;
  for (const auto& error : *errors) text += to_string(error) + "\n";
  return text;
}

/// FORKMEND_UPDATE_GOLDEN=1 writes what is said now; the change is then reviewed as a diff.
void expect_words(const fs::path& file, const std::string& actual) {
  fs::path golden = file;
  golden.replace_extension(".expected");
  if (std::getenv("FORKMEND_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  const std::string expected = content_of(golden);
  EXPECT_EQ(actual == expected, true) << golden.filename() << " (- expected, + said)\n"
                                      << testing::diff(expected, actual);
}

TEST(BadSettings, AreRejectedWithExactlyTheseWords) {
  const auto files = files_in("bad");
  EXPECT_GE(files.size(), 50U);
  for (const fs::path& file : files) {
    const auto result = parse_file(file);
    ASSERT_TRUE(std::holds_alternative<std::vector<policy::PolicyError>>(result)) << file;
    expect_words(file, said(result));
  }
}

TEST(BadSettings, SayWhereWhatAndWhatWasExpectedButNeverAPassword) {
  for (const fs::path& file : files_in("bad")) {
    const auto result = parse_file(file);
    ASSERT_TRUE(std::holds_alternative<std::vector<policy::PolicyError>>(result)) << file;
    for (const auto& error : std::get<std::vector<policy::PolicyError>>(result)) {
      EXPECT_GT(error.at.line, 0U) << to_string(error);
      EXPECT_GT(error.at.column, 0U) << to_string(error);
      EXPECT_NE(error.message.find("; expected "), std::string::npos) << to_string(error);
      EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << to_string(error);
    }
  }
}

TEST(GoodSettings, MeanExactlyThis) {
  const auto files = files_in("good");
  EXPECT_GE(files.size(), 4U);
  for (const fs::path& file : files) expect_words(file, said(parse_file(file)));
}

}  // namespace
}  // namespace forkmend::settings
