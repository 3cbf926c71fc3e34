// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What strains a host, and what its guests are refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include "host/beancounters.hpp"
#include "host/pressure.hpp"
#include "host/process.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

TEST(Pressure, IsTheFullLinesMinute) {
  const auto full = parse_full_pressure(
      "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n"
      "full avg10=5.00 avg60=12.34 avg300=7.00 total=8\n");
  ASSERT_TRUE(full);
  EXPECT_DOUBLE_EQ(*full, 12.34);
}

TEST(Pressure, IsTheLastTenSecondsWhereAsked) {
  const HostTree tree{{{"/proc/pressure/memory",
                        "some avg10=1.00 avg60=2.00 avg300=3.00 total=4\n"
                        "full avg10=5.25 avg60=12.34 avg300=7.00 total=8\n"}}};
  EXPECT_DOUBLE_EQ(read_full_pressure(tree.root(), "memory", PressureSpan::ten_seconds).value(),
                   5.25);
  EXPECT_NE(parse_full_pressure("full avg60=1.00\n", PressureSpan::ten_seconds)
                .error()
                .message.find("avg10=PERCENT"),
            std::string::npos);
}

TEST(Pressure, TakesNoNonsense) {
  for (const auto* text : {"", "some avg60=2.00\n", "full avg10=5.00\n", "full avg60=-1\n",
                           "full avg60=101\n", "full avg60=x\n"}) {
    EXPECT_FALSE(parse_full_pressure(text)) << text;
  }
}

TEST(Pressure, NamesTheFileThatIsWrong) {
  const HostTree tree{{{"/proc/pressure/io", "nonsense\n"}}};
  EXPECT_NE(read_full_pressure(tree.root(), "io").error().message.find("/proc/pressure/io"),
            std::string::npos);
  EXPECT_EQ(read_full_pressure(tree.root(), "memory").error().code, Errc::not_found);
}

constexpr std::string_view kBeancounters =
    "Version: 2.5\n"
    "       uid  resource           held    maxheld    barrier      limit    failcnt\n"
    "      101:  kmemsize        3000000    4000000   14372700   14790164          0\n"
    "            privvmpages       65000      65536      65536      69632         12\n"
    "            numproc              24         30        240        240          3\n";

TEST(Beancounters, NameWhatWasRefused) {
  EXPECT_EQ(parse_failed_beancounters(kBeancounters).value(), "privvmpages 12, numproc 3");
  EXPECT_EQ(parse_failed_beancounters("101: kmemsize 1 1 2 2 0\n").value(), "");
  EXPECT_FALSE(parse_failed_beancounters("Version: 2.5\n"));
}

TEST(Mappings, AreTheLinesOfMaps) {
  const HostTree tree{{{"/proc/812/maps", "a\nb\nc\n"}}};
  EXPECT_EQ(count_mappings(tree.root(), 812).value(), 3);
  EXPECT_FALSE(count_mappings(tree.root(), 1));
  EXPECT_GT(count_mappings(Root(), getpid()).value(), 10);
}

}  // namespace
}  // namespace forkmend::host
