// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A bundle is captured once more, as if it were the host itself: what it says of the directory of
// saves has to survive, or a capture would lose what the diagnosis goes by.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "case.hpp"
#include "engine/bundle.hpp"
#include "host/recording.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;

fs::path bundle_cases() {
  const char* folder = std::getenv("FORKMEND_BUNDLE_CASES");
  return folder != nullptr ? fs::path(folder) : fs::path();
}

std::map<std::string, std::string> directory_of(const engine::ObservedInstance& instance) {
  std::map<std::string, std::string> facts;
  for (const auto& [name, fact] : instance.observation.facts.all()) {
    const bool wanted = name.starts_with("instance.dir.") || name.starts_with("instance.aof_dir.");
    if (wanted) facts[name] = to_string(fact);
  }
  return facts;
}

void expect_same_directory(const std::string& name) {
  const TempDir first;
  const TempDir second;
  expand_case(bundle_cases(), name, first.path());
  const auto bundle = engine::read_bundle(first.path());
  ASSERT_TRUE(bundle) << bundle.error().message;
  engine::ObservedInstance instance = *bundle->targets.front().instance;
  if (!instance.locality.local) return;
  const auto recording = std::make_shared<host::Recording>();
  engine::read_host_facts(bundle->root.recorded_by(recording), instance);
  const auto written = engine::write_bundle({.directory = second.path() / "again",
                                             .root = bundle->root,
                                             .version = "0.1.0",
                                             .secrets = {}},
                                            *recording, {&instance});
  ASSERT_TRUE(written) << written.error().message;
  const auto again = engine::read_bundle(second.path() / "again");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(directory_of(*again->targets.front().instance), directory_of(instance));
}

/// One of each kind of directory.
TEST(Recapture, KeepsTheDirectory) {
  for (const auto* name :
       {"healthy-debian-13-valkey-8.1.0", "stale-temp-files", "stale-temp-files-of-rewrites",
        "target-is-a-directory", "target-is-a-mount-point", "missing-dir-deleted",
        "immutable-directory", "read-only-sandbox", "permission-denied-aof-rewrite-7",
        "nfs-stale-handle", "hijacked-dir-etc"}) {
    SCOPED_TRACE(name);
    expect_same_directory(name);
  }
}

}  // namespace
}  // namespace forkmend::testing
