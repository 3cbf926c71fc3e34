// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/journal.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/engine/changes.hpp"
#include "agent/engine/run_sql.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using testing::change_of;
using testing::journal_with_incident;
using testing::run_sql;
using testing::TempDir;

constexpr const char* kIncident = "i-20260821T031502-0001";

ChangeRecord overcommit() {
  return change_of(testing::step(StepType::sysctl, "vm.overcommit_memory", "0", "1"));
}

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

TEST(Journal, IsPrivate) {
  const TempDir dir;
  const auto state = dir.path() / "made" / "state";
  const auto journal = Journal::open(state);
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(mode_of(state), 0700U);
  EXPECT_EQ(mode_of(state / "journal.db"), 0600U);
}

TEST(Journal, GivesIncidentIdsThatSortByTime) {
  const WallTime opened = WallTime(std::chrono::seconds(1787282102));
  EXPECT_EQ(new_incident_id(opened, 0x9F3A), "i-20260821T031502-9f3a");
}

TEST(Journal, KeepsAChangeThroughItsLife) {
  const TempDir dir;
  std::int64_t id = 0;
  {
    const auto journal = journal_with_incident(dir.path());
    id = journal->intend(overcommit()).value();
    EXPECT_EQ(journal->changes_in_force()->front().state, ChangeState::intended);
  }
  const auto journal = Journal::open(dir.path()).value();
  ASSERT_TRUE(journal->mark(id, ChangeState::applied, ""));
  auto changes = journal->changes(kIncident).value();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].id, id);
  EXPECT_EQ(changes[0].state, ChangeState::applied);
  EXPECT_EQ(changes[0].step.target, overcommit().step.target);
  EXPECT_EQ(changes[0].step.before, "0");
  EXPECT_EQ(changes[0].step.after, "1");
  ASSERT_TRUE(journal->mark(id, ChangeState::released, "admin wrote 2"));
  EXPECT_TRUE(journal->changes_in_force()->empty());
  changes = journal->changes("").value();
  EXPECT_EQ(changes.at(0).comment, "admin wrote 2");
}

TEST(Journal, RefusesWhatItDoesNotKnow) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  EXPECT_EQ(journal->mark(99, ChangeState::applied, "").error().code, Errc::not_found);
  EXPECT_EQ(journal->incident("i-none").error().code, Errc::not_found);
  EXPECT_EQ(journal->close_incident("i-none", IncidentState::healed, "").error().code,
            Errc::not_found);
  EXPECT_EQ(journal->stored_plan("p-none").error().code, Errc::not_found);
  EXPECT_EQ(journal->intend(overcommit()).error().code, Errc::invalid) << "no such incident";
}

TEST(Journal, KeepsThePlanOfADryRun) {
  const TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  Plan plan;
  plan.id = "p-0123456789ab";
  plan.cause = "commit-limit";
  ASSERT_TRUE(journal->save_plan(plan));
  ASSERT_TRUE(journal->save_plan(plan)) << "again: the same plan twice";
  EXPECT_NE(journal->stored_plan(plan.id)->find("\"commit-limit\""), std::string::npos);
}

TEST(Journal, ForgetsOldIncidentsExceptThoseStillInForce) {
  const TempDir dir;
  const auto journal = journal_with_incident(dir.path());
  const auto id = journal->intend(overcommit()).value();
  ASSERT_TRUE(journal->close_incident(kIncident, IncidentState::healed, ""));
  const WallTime later = read_clock().wall + std::chrono::hours(1);
  EXPECT_EQ(journal->prune(later).value(), 0);
  ASSERT_TRUE(journal->mark(id, ChangeState::undone, ""));
  EXPECT_EQ(journal->prune(WallTime{}).value(), 0) << "not old enough";
  EXPECT_EQ(journal->prune(later).value(), 1);
  EXPECT_TRUE(journal->changes("")->empty());
}

TEST(Journal, KeepsWhoAcknowledgedAnIncidentAndWhatItIsAPartOf) {
  const TempDir dir;
  const auto journal = journal_with_incident(dir.path());
  EXPECT_FALSE(journal->incident(kIncident)->acknowledged);
  EXPECT_EQ(journal->incident(kIncident)->host_incident, "");
  IncidentRecord part;
  part.id = "i-20260821T031503-0002";
  part.host_incident = kIncident;
  ASSERT_TRUE(journal->open_incident(part));
  EXPECT_EQ(journal->incident(part.id)->host_incident, kIncident);
  const WallTime at(std::chrono::hours(3));
  ASSERT_TRUE(journal->acknowledge(kIncident, {at, "ack by uid 0", "first"}));
  ASSERT_TRUE(journal->acknowledge(kIncident, {at, "ack by uid 0", "the batch job"}));
  const auto seen = Journal::open_read_only(dir.path()).value()->incidents(std::nullopt);
  ASSERT_TRUE(seen) << seen.error().message;
  ASSERT_EQ(seen->size(), 2U);
  for (const auto& incident : *seen) {
    if (incident.id != kIncident) continue;
    ASSERT_TRUE(incident.acknowledged);
    EXPECT_EQ(incident.acknowledged->at, at);
    EXPECT_EQ(incident.acknowledged->actor, "ack by uid 0");
    EXPECT_EQ(incident.acknowledged->comment, "the batch job");
  }
}

TEST(Journal, CountsTheServersOwnSavesSinceAHeal) {
  const TempDir dir;
  const auto journal = journal_with_incident(dir.path());
  EXPECT_EQ(journal->incident(kIncident)->own_saves, 0);
  EXPECT_EQ(journal->count_save(kIncident).value(), 1);
  EXPECT_EQ(journal->count_save(kIncident).value(), 2);
  const auto seen = Journal::open_read_only(dir.path()).value()->incidents(std::nullopt);
  ASSERT_EQ(seen->size(), 1U);
  EXPECT_EQ(seen->front().own_saves, 2);
  const auto unknown = journal->count_save("i-20260821T031502-9999");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::not_found);
}

TEST(Journal, AcknowledgesNoIncidentThatItDoesNotHave) {
  const TempDir dir;
  const auto journal = journal_with_incident(dir.path());
  const auto done = journal->acknowledge("i-20260821T031502-9999", {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::not_found);
}

TEST(Journal, ReadsAnOlderFileAndAddsWhatItLacks) {
  const TempDir dir;
  {
    const auto journal = journal_with_incident(dir.path());
  }
  const auto path = (dir.path() / "journal.db").string();
  run_sql(path, "DROP TABLE acknowledgement; DROP TABLE host_incident; DROP TABLE own_save");
  const auto old = Journal::open_read_only(dir.path());
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ((*old)->incidents(std::nullopt)->size(), 1U);
  EXPECT_FALSE((*old)->incident(kIncident)->acknowledged);
  const auto journal = Journal::open(dir.path());
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_TRUE((*journal)->acknowledge(kIncident, {}));
  EXPECT_EQ((*journal)->count_save(kIncident).value(), 1);
}

TEST(Journal, SaysWhatToDoWhenItIsDamaged) {
  const TempDir dir;
  {
    const auto journal = journal_with_incident(dir.path());
  }
  const auto path = (dir.path() / "journal.db").string();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(8192, 'x');
  }
  const auto journal = Journal::open(dir.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Errc::parse);
  EXPECT_NE(journal.error().message.find("changes are in force is not known"), std::string::npos);
  EXPECT_NE(journal.error().message.find("mv " + path), std::string::npos);
}

TEST(Journal, RefusesAFileThatIsNoDatabase) {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms::owner_all);
  std::ofstream(dir.path() / "journal.db") << "this is not a SQLite file, but long enough for one";
  fs::permissions(dir.path() / "journal.db", fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Journal::open(dir.path()).error().code, Errc::parse);
  EXPECT_EQ(Journal::open_read_only(dir.path()).error().code, Errc::parse);
}

TEST(Journal, RefusesADatabaseOfSomethingElse) {
  const TempDir dir;
  run_sql(dir.path() / "journal.db", "CREATE TABLE t (a)");
  fs::permissions(dir.path() / "journal.db", fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Journal::open(dir.path()).error().code, Errc::parse);
}

TEST(Journal, RefusesTheSchemaOfANewerVersion) {
  const TempDir dir;
  {
    const auto journal = Journal::open(dir.path()).value();
  }
  run_sql(dir.path() / "journal.db", "PRAGMA user_version=2");
  const auto journal = Journal::open(dir.path());
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Errc::unsupported);
  EXPECT_NE(journal.error().message.find("has schema 2"), std::string::npos);
  EXPECT_EQ(Journal::open_read_only(dir.path()).error().code, Errc::unsupported);
}

TEST(Journal, FollowsNoSymbolicLink) {
  const TempDir dir;
  const TempDir elsewhere;
  std::ofstream(elsewhere.path() / "target") << "precious";
  fs::create_symlink(elsewhere.path() / "target", dir.path() / "journal.db");
  EXPECT_EQ(Journal::open(dir.path()).error().code, Errc::invalid);
  EXPECT_EQ(Journal::open_read_only(dir.path()).error().code, Errc::invalid);
  fs::create_directory_symlink(elsewhere.path(), dir.path() / "state");
  EXPECT_EQ(Journal::open(dir.path() / "state").error().code, Errc::invalid);
  EXPECT_FALSE(fs::exists(elsewhere.path() / "journal.db"));
}

TEST(Journal, RefusesADirectoryThatOthersMayWriteTo) {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms::all);
  EXPECT_EQ(Journal::open(dir.path()).error().code, Errc::permission_denied);
}

TEST(Journal, RefusesAHardLinkedFile) {
  const TempDir dir;
  {
    const auto journal = Journal::open(dir.path()).value();
  }
  fs::create_hard_link(dir.path() / "journal.db", dir.path() / "other-name");
  EXPECT_EQ(Journal::open(dir.path()).error().code, Errc::invalid);
}

TEST(Journal, CanBeReadWhileItIsWritten) {
  const TempDir dir;
  const auto writer = journal_with_incident(dir.path());
  const auto reader = Journal::open_read_only(dir.path());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE((*reader)->changes("")->empty());
  ASSERT_TRUE(writer->intend(overcommit()));
  EXPECT_EQ((*reader)->changes("")->size(), 1U);
  EXPECT_EQ((*reader)->note(kIncident, "x").error().code, Errc::read_only);
}

TEST(Journal, IsNotMadeByAReader) {
  const TempDir dir;
  EXPECT_EQ(Journal::open_read_only(dir.path()).error().code, Errc::not_found);
  EXPECT_EQ(Journal::open_read_only(dir.path() / "none").error().code, Errc::not_found);
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

/// Dies with a transaction that has reached the file but is not committed: a hot journal remains.
void die_in_a_transaction(const std::string& path) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_exec(
      database,
      "PRAGMA cache_spill=1; PRAGMA cache_size=1; BEGIN; UPDATE incident SET report = 'half done';"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
      "INSERT INTO plan SELECT 'p' || i, 0, hex(zeroblob(2000)) FROM n",
      nullptr, nullptr, nullptr);
  raise(SIGKILL);
}

TEST(Journal, IsReadableAfterAWriterDiedInATransaction) {
  const TempDir dir;
  {
    const auto journal = journal_with_incident(dir.path());
  }
  const auto path = (dir.path() / "journal.db").string();
  const pid_t child = fork();
  if (child == 0) die_in_a_transaction(path);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(fs::exists(path + "-journal")) << "the test needs a hot journal";
  const auto reader = Journal::open_read_only(dir.path());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->incident(kIncident)->report, "{\"schema\":1}");
}

// Its maker was killed before the first transaction.
TEST(Journal, ThatIsEmptyIsNoneYet) {
  const TempDir dir;
  testing::write_tree(dir.path(), {{"/journal.db", ""}});
  fs::permissions(dir.path(), fs::perms::owner_all);
  fs::permissions(dir.path() / "journal.db", fs::perms::owner_read | fs::perms::owner_write);
  const auto reader = Journal::open_read_only(dir.path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::not_found) << reader.error().message;
  ASSERT_TRUE(Journal::open(dir.path()));
  EXPECT_TRUE(Journal::open_read_only(dir.path()));
}

}  // namespace
}  // namespace forkmend::engine
