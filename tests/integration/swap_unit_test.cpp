// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The unit of a swap file, as systemd's own programs see it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "host/commands.hpp"
#include "remediations/swap_unit.hpp"
#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {
namespace {

TEST(SwapUnit, IsNamedAsSystemdEscapesPaths) {
  if (!host::find_program("systemd-escape")) GTEST_SKIP() << "systemd-escape is not here";
  for (const std::string path :
       {"/var/lib/swap.forkmend", "/mnt/my-disk/forkmend swap", "/.hidden/.forkmend",
        "/srv/f\xc3\xa4hre/swap:forkmend_1", "/srv//twice/swap.forkmend"}) {
    const auto escaped = run_program({"systemd-escape", "--path", "--suffix=swap", path});
    EXPECT_EQ(remediations::swap_unit_name(path), trim(escaped.out)) << path;
  }
}

TEST(SwapUnit, IsOneThatSystemdTakes) {
  if (!host::find_program("systemd-analyze")) GTEST_SKIP() << "systemd-analyze is not here";
  const HostTree tree(std::map<std::string, std::string>{{"/etc/hostname", "a\n"}});
  FactSet facts;
  facts.set("host.systemd", true, "", "test");
  const policy::Parameters parameters;
  const forecast::Forecast forecast;
  const host::Root root = tree.root();
  const auto persistence = remediations::persist_swap(
      {.facts = facts, .forecast = forecast, .parameters = parameters, .root = root},
      "/var/lib/swap.forkmend", 5);
  ASSERT_EQ(persistence.steps.size(), 2U);
  const TempDir dir;
  const std::filesystem::path name =
      std::filesystem::path(persistence.steps.front().target.name).filename();
  std::ofstream(dir.path() / name) << persistence.steps.front().after.value_or("");
  const auto verified = run_program({"systemd-analyze", "verify", (dir.path() / name).string()});
  EXPECT_EQ(verified.exit_code, 0);
  EXPECT_EQ(verified.err, "");
}

}  // namespace
}  // namespace forkmend::testing
