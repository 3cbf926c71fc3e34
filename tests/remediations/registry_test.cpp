// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/text.hpp"
#include "host/root.hpp"
#include "remediations/remediation.hpp"
#include "remediations/spec_sheet.hpp"

namespace forkmend::remediations {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids() {
  std::vector<std::string> all;
  for (const RemediationSpec* spec : registry()) all.emplace_back(spec->id);
  return all;
}

TEST(Registry, HasEveryRemedyInOrder) {
  EXPECT_THAT(
      ids(),
      ElementsAre("overcommit-memory", "overcommit-limit", "nproc-limit", "tasks-limit", "thp",
                  "guard-replica", "memory-advice", "swapfile", "memory-limit", "system-tasks",
                  "stale-temp-files", "serialize-saves", "cancel-child", "hook", "maxmemory",
                  "memory-purge", "diskless-replication", "replica-persistence", "save-schedule",
                  "active-defrag", "incremental-fsync", "stop-writes", "pause-aof-rewrite"));
}

TEST(Registry, FindsByIdOnly) {
  ASSERT_NE(find_remediation("thp"), nullptr);
  EXPECT_EQ(find_remediation("thp")->id, "thp");
  EXPECT_EQ(find_remediation("overcommit_memory"), nullptr);
  EXPECT_EQ(find_remediation(""), nullptr);
}

TEST(Registry, DeclaresEveryRemedyToThePolicyLoader) {
  const auto declarations = remedy_declarations();
  ASSERT_EQ(declarations.size(), registry().size());
  EXPECT_EQ(declarations[1].id, "overcommit-limit");
  EXPECT_EQ(declarations[1].scope, Scope::host);
  EXPECT_EQ(declarations[1].risk, Risk::safe);
  ASSERT_EQ(declarations[1].parameters.size(), 2U);
  EXPECT_EQ(declarations[1].parameters.front().name, "raise_to");
}

TEST(Registry, SpecsAreComplete) {
  for (const RemediationSpec* spec : registry()) {
    SCOPED_TRACE(spec->id);
    EXPECT_FALSE(spec->summary.empty());
    EXPECT_FALSE(spec->symptom.empty());
    EXPECT_FALSE(spec->changes.empty());
    EXPECT_FALSE(spec->risk_note.empty());
    EXPECT_FALSE(spec->undo_by_hand.empty());
    // What a hook cures its policy knows.
    EXPECT_EQ(spec->causes.empty(), spec->scope == Scope::any);
    EXPECT_NE(spec->probe, nullptr);
    EXPECT_NE(spec->plan, nullptr);
  }
}

TEST(Registry, DefaultsAreValuesThatAPolicyMayHold) {
  for (const RemediationSpec* spec : registry()) {
    const policy::Parameters parameters = policy::default_parameters(spec->parameters);
    for (const policy::ParameterSpec& parameter : spec->parameters) {
      const std::size_t held = parameters.all().count(parameter.name);
      EXPECT_TRUE(held == 1 || parameter.required) << spec->id << " " << parameter.name;
      EXPECT_EQ(parameters.is_auto(parameter.name), parameter.default_value == "auto");
    }
  }
}

TEST(Registry, FirstAidIsSafeAndOfTheInstance) {
  for (const char* id : {"guard-replica", "pause-aof-rewrite"}) {
    EXPECT_EQ(find_remediation(id)->risk, Risk::safe);
    EXPECT_EQ(find_remediation(id)->scope, Scope::instance);
  }
}

TEST(SpecSheet, TellsWhatAnOperatorAsks) {
  EXPECT_EQ(describe(*find_remediation("nproc-limit")),
            "nproc-limit: raise the running server's limit of processes (RLIMIT_NPROC)\n"
            "\n"
            "Symptom\n"
            "  \"Can't save in background: fork: Resource temporarily unavailable\"; the\n"
            "  server's uid has as many tasks as \"Max processes\" of /proc/PID/limits allows\n"
            "\n"
            "What it changes\n"
            "  RLIMIT_NPROC of the running server (prlimit); to keep it, LimitNPROC= in\n"
            "  /etc/systemd/system/UNIT.d/50-forkmend.conf\n"
            "\n"
            "Risk\n"
            "  safe (scope: process): a task leak of the same uid is stopped later; the limit\n"
            "  is raised to twice what is in use, not switched off\n"
            "\n"
            "Undo by hand\n"
            "  prlimit --pid PID --nproc=SOFT:HARD with the old values; delete the drop-in,\n"
            "  then systemctl daemon-reload\n"
            "\n"
            "Cures\n"
            "  nproc-limit\n"
            "\n"
            "Parameters\n"
            "  to: a whole number or auto, at least 1; default auto\n"
            "    soft limit to set; auto: twice the uid's tasks, at least 64 more, rounded up\n");
}

TEST(SpecSheet, SaysOfABridgeThatItHealsNothing) {
  EXPECT_THAT(describe(*find_remediation("stop-writes")), HasSubstr("\nBridges, ends mitigated\n"));
  EXPECT_THAT(describe(*find_remediation("replica-persistence")),
              HasSubstr("proof: a text; default \"\""));
}

TEST(SpecSheet, NamesChoicesAndSizes) {
  EXPECT_THAT(describe(*find_remediation("thp")), HasSubstr("to: one of never, madvise; default"));
  EXPECT_THAT(describe(*find_remediation("overcommit-limit")),
              HasSubstr("headroom: a size, at least 0 B; default 64MiB"));
  EXPECT_THAT(describe(*find_remediation("guard-replica")), HasSubstr("Parameters\n  none\n"));
}

/// `forkmend remedies show ID` of every remedy: each heading, and all that the spec holds.
TEST(SpecSheet, IsWhole) {
  for (const RemediationSpec* spec : registry()) {
    const std::string text = describe(*spec);
    for (const auto* heading :
         {"\nSymptom\n", "\nWhat it changes\n", "\nRisk\n", "\nUndo by hand\n",
          spec->mitigates ? "\nBridges, ends mitigated\n" : "\nCures\n", "\nParameters\n"}) {
      EXPECT_THAT(text, HasSubstr(heading)) << spec->id;
    }
    EXPECT_THAT(text, HasSubstr(std::string(to_string(spec->risk)) +
                                " (scope: " + std::string(to_string(spec->scope)) + ")"));
    for (const std::string_view cause : spec->causes) {
      EXPECT_THAT(text, HasSubstr(std::string(cause))) << spec->id;
    }
    for (const policy::ParameterSpec& parameter : spec->parameters) {
      EXPECT_THAT(text, HasSubstr("\n  " + std::string(parameter.name) + ": ")) << spec->id;
      EXPECT_FALSE(parameter.help.empty()) << spec->id << " " << parameter.name;
    }
  }
}

TEST(SpecSheet, FitsATerminal) {
  for (const RemediationSpec* spec : registry()) {
    const std::string text = describe(*spec);
    for (const std::string_view line : lines_of(text)) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(SpecSheet, IsTheTableOfTheReadme) {
  const char* source = std::getenv("FORKMEND_SOURCE_ROOT");
  ASSERT_NE(source, nullptr);
  const auto readme = host::Root(source).read("/remediations/README.md");
  ASSERT_TRUE(readme) << readme.error().message;
  EXPECT_THAT(*readme, HasSubstr("<!-- remedies: begin -->\n" + remedies_table() +
                                 "<!-- remedies: end -->\n"));
}

}  // namespace
}  // namespace forkmend::remediations
