// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The fuzzers' seeds and changed copies of them, always the same ones, without a fuzzer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "targets.hpp"

namespace forkmend::fuzz {
namespace {

namespace fs = std::filesystem;
using Target = void (*)(std::string_view);

constexpr int kRounds = 3000;

std::vector<std::string> seeds_of(const std::string& target) {
  const char* folder = std::getenv("FORKMEND_FUZZ_CORPUS");
  if (folder == nullptr) return {};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / target)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<std::string> seeds;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    const std::size_t changes = 1 + below(6);
    for (std::size_t i = 0; i < changes; ++i) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text.insert(at, 1, static_cast<char>(below(256)));
        return;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        return;
      case 2:
        text.erase(at, 1 + below(30));
        return;
      case 3:
        text.resize(at);
        return;
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        text.insert(at, other.substr(below(other.size() + 1), 40));
        return;
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_{20251125};
};

void run_corpus(const std::string& name, Target target) {
  const std::vector<std::string> seeds = seeds_of(name);
  ASSERT_FALSE(seeds.empty()) << "no seeds for " << name;
  for (const std::string& seed : seeds) target(seed);
  Mutator mutator(seeds);
  for (int round = 0; round < kRounds; ++round) target(mutator.next());
  target("");
}

TEST(FuzzCorpus, HoldsForTheControlSocket) {
  run_corpus("control", run_control);
}

TEST(FuzzCorpus, HoldsForBundles) {
  run_corpus("bundle", run_bundle);
}

TEST(FuzzCorpus, HoldsForInfo) {
  run_corpus("info", run_info);
}

TEST(FuzzCorpus, HoldsForServerLogs) {
  run_corpus("log", run_log);
}

TEST(FuzzCorpus, HoldsForKeepersOfLogs) {
  run_corpus("log_source", run_log_source);
}

TEST(FuzzCorpus, HoldsForTheKernelLog) {
  run_corpus("kmsg", run_kmsg);
}

TEST(FuzzCorpus, HoldsForSmaps) {
  run_corpus("smaps", run_smaps);
}

TEST(FuzzCorpus, HoldsForMountinfo) {
  run_corpus("mountinfo", run_mountinfo);
}

TEST(FuzzCorpus, HoldsForCgroups) {
  run_corpus("cgroup", run_cgroup);
}

TEST(FuzzCorpus, HoldsForPolicies) {
  run_corpus("policy", run_policy);
}

TEST(FuzzCorpus, HoldsForUrls) {
  run_corpus("url", run_url);
}

TEST(FuzzCorpus, HoldsForConfigurationFiles) {
  run_corpus("conf_edit", run_conf_edit);
}

}  // namespace
}  // namespace forkmend::fuzz
