// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "packaging/metric_names.hpp"

#include <cstdlib>
#include <regex>

#include "agent/metrics/example_state.hpp"
#include "metrics/families.hpp"
#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

namespace {

/// Set by Prometheus when it scrapes.
const std::set<std::string> scrape_labels = {"instance", "job"};

void add_samples(const std::string& page, std::map<std::string, std::set<std::string>>& names) {
  const std::regex sample(R"(\n([a-z_]+)(\{[^\n]*\})? )");
  const std::regex label(R"re([{,]([a-z_]+)=")re");
  for (std::sregex_iterator one(page.begin(), page.end(), sample), end; one != end; ++one) {
    auto& labels = names[(*one)[1]];
    const std::string written = (*one)[2];
    for (std::sregex_iterator at(written.begin(), written.end(), label); at != end; ++at) {
      labels.insert((*at)[1]);
    }
  }
}

}  // namespace

std::map<std::string, std::set<std::string>> known_metrics() {
  std::map<std::string, std::set<std::string>> names;
  add_samples("\n" + metrics::render(example_state(), example_counters(), kScraped), names);
  names[std::string(metrics::kAuditFinding.name)] = {"subject", "id"};
  names[std::string(metrics::kAuditTime.name)] = {};
  return names;
}

std::vector<std::string> unknown_names(const std::string& query) {
  static const auto known = known_metrics();
  std::vector<std::string> wrong;
  const std::regex metric(R"(((?:forkmend|process)_[a-z_]+)(\{[^}]*\})?)");
  const std::regex label(R"re([{,] *([a-z_]+) *(?:=|!))re");
  for (std::sregex_iterator one(query.begin(), query.end(), metric), end; one != end; ++one) {
    const std::string name = (*one)[1];
    const auto found = known.find(name);
    if (found == known.end()) {
      wrong.push_back(name);
      continue;
    }
    const std::string selector = (*one)[2];
    for (std::sregex_iterator at(selector.begin(), selector.end(), label); at != end; ++at) {
      const std::string word = (*at)[1];
      if (!found->second.contains(word) && !scrape_labels.contains(word)) {
        wrong.push_back(name + "{" + word + "}");
      }
    }
  }
  return wrong;
}

std::string source_file(const std::string& path) {
  return std::string(std::getenv("FORKMEND_SOURCE_ROOT")) + "/" + path;
}

std::string promtool(std::vector<std::string> words, const std::string& text) {
  const TempDir dir;
  write_tree(dir.path(), {{"/file.yml", text}});
  words.insert(words.begin(), "promtool");
  words.push_back((dir.path() / "file.yml").string());
  const auto result = run_program(words);
  return result.exit_code == 0 ? std::string() : result.out + result.err + " ";
}

}  // namespace forkmend::testing
