// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include "host/facts.hpp"
#include "host/process_table.hpp"
#include "host/sysctl_order.hpp"
#include "host/thp_owner.hpp"
#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;

/// Everything that reads a host, for its not crashing.
FactSet read_everything(const HostTree& tree) {
  FactSet facts = host_facts(tree.root());
  facts.merge(process_facts(tree.root(), 812, facts));
  EXPECT_TRUE(process_table(tree.root()));
  (void)sysctl_order(tree.root(), "vm.overcommit_memory");
  (void)thp_owners(tree.root());
  return facts;
}

/// A number that was read from a cut file would be a wrong number: cutting may lose values, or
/// leave a shorter number, but never add to one.
void expect_no_larger(const FactSet& cut, const FactSet& whole, const std::string& path) {
  for (const std::string_view name : {"host.mem_total", "host.commit_limit", "instance.accountable",
                                      "host.total_reserve", "instance.uid_tasks"}) {
    EXPECT_LE(cut.integer(name).value_or(0), *whole.integer(name)) << name << " from " << path;
  }
}

TEST(TruncatedFiles, NeverCrashAndNeverInvent) {
  const Files files = sample_host();
  HostTree tree(files);
  const FactSet whole = read_everything(tree);
  for (const auto& [path, content] : files) {
    if (content.starts_with("-> ")) continue;
    for (const std::size_t parts : {1U, 2U, 3U, 5U, 7U}) {
      tree.write(path, content.substr(0, content.size() * (parts - 1) / parts));
      expect_no_larger(read_everything(tree), whole, path);
    }
    tree.write(path, content);
  }
}

TEST(TruncatedFiles, NeverCrashOnRubbish) {
  using namespace std::string_literals;
  const std::string rubbish = "-\xff\0: 99999999999999999999 (x) max\n7-8 [\n:::\n[]\n0::/../..\n"s;
  HostTree tree(sample_host());
  for (const auto& [path, content] : sample_host()) {
    if (content.starts_with("-> ")) continue;
    tree.write(path, rubbish);
    (void)read_everything(tree);
    tree.write(path, content + content);
    (void)read_everything(tree);
    tree.write(path, content);
  }
}

}  // namespace
}  // namespace forkmend::host
