// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The audit on a real server, in every format.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

class Audit : public ::testing::Test {
 protected:
  Audit() : server_(options()), forkmend_(ordinary_user()) {
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.arguments = {"--save", "3600 1"};
    return options;
  }

  [[nodiscard]] ProgramResult audit(const std::string& format) const {
    return forkmend_.run({"audit", "--format", format, "-i", server_.url()});
  }

  RedisServer server_;
  Forkmend forkmend_;
};

TEST_F(Audit, AFailedSaveIsCritical) {
  const auto result = audit("text");
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_NE(result.out.find("rdb-status: last RDB save: err"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("next-fork"), std::string::npos) << result.out;
}

TEST_F(Audit, NagiosGetsOneLineWithPerformanceData) {
  const auto result = audit("nagios");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out.find("FORKMEND CRITICAL: "), 0U) << result.out;
  EXPECT_NE(result.out.find(" | critical="), std::string::npos);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST_F(Audit, PrometheusGetsOneSampleAFinding) {
  const auto result = audit("prometheus");
  EXPECT_NE(result.out.find("# TYPE forkmend_audit_finding gauge"), std::string::npos);
  EXPECT_NE(result.out.find("id=\"rdb-status\"} 2"), std::string::npos) << result.out;
  const TempDir dir;
  write_tree(dir.path(), {{"/audit.prom", result.out}});
  const auto checked = run_program(
      {"sh", "-c", "exec promtool check metrics <\"$0\"", (dir.path() / "audit.prom").string()});
  EXPECT_EQ(checked.exit_code, 0) << checked.err << result.out;
}

TEST_F(Audit, JunitIsXml) {
  const auto result = audit("junit");
  const TempDir dir;
  write_tree(dir.path(), {{"/audit.xml", result.out}});
  const auto parsed =
      run_program({"python3", "-c", "import sys, xml.dom.minidom as x; x.parse(sys.argv[1])",
                   (dir.path() / "audit.xml").string()});
  EXPECT_EQ(parsed.exit_code, 0) << parsed.err << result.out;
}

}  // namespace
}  // namespace forkmend::testing
