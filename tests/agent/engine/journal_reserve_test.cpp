// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// On a disk without a free block and a free inode: a record needs neither.
#include "engine/journal_reserve.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "agent/engine/changes.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::engine {
namespace {

namespace fs = std::filesystem;
using remediations::StepType;

/// Blocks and inode of each file.
std::map<std::string, std::pair<std::int64_t, std::uint64_t>> room_of(const fs::path& directory) {
  std::map<std::string, std::pair<std::int64_t, std::uint64_t>> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    struct stat status{};
    EXPECT_EQ(lstat(entry.path().c_str(), &status), 0);
    files[entry.path().filename()] = {status.st_blocks, status.st_ino};
  }
  return files;
}

void record_large_incident(Journal& journal, const std::string& id) {
  IncidentRecord incident;
  incident.id = id;
  incident.report = std::string(100'000, 'r');
  ASSERT_TRUE(journal.open_incident(incident));
  ChangeRecord change =
      testing::change_of(testing::step(StepType::sysctl, "vm.overcommit_memory", "0", "1"));
  change.incident = id;
  for (int step = 0; step < 20; ++step) {
    ASSERT_TRUE(journal.note(id, "about to change something, and why"));
    const auto recorded = journal.intend(change);
    ASSERT_TRUE(recorded) << recorded.error().message;
    ASSERT_TRUE(journal.mark(*recorded, ChangeState::applied, ""));
  }
  ASSERT_TRUE(journal.close_incident(id, IncidentState::healed, std::string(110'000, 'r')));
}

TEST(JournalReserve, AnIncidentNeedsNoNewBlockAndNoInode) {
  const testing::TempDir dir;
  const auto journal = Journal::open(dir.path()).value();
  const auto before = room_of(dir.path());
  record_large_incident(*journal, "i-20260821T031502-0001");
  EXPECT_EQ(room_of(dir.path()), before);
}

TEST(JournalReserve, IsMadeAnewForTheNextOne) {
  const testing::TempDir dir;
  record_large_incident(*Journal::open(dir.path()).value(), "i-20260821T031502-0001");
  record_large_incident(*Journal::open(dir.path()).value(), "i-20260821T031503-0001");
  const auto journal = Journal::open(dir.path()).value();
  const auto before = room_of(dir.path());
  record_large_incident(*journal, "i-20260821T031504-0001");
  EXPECT_EQ(room_of(dir.path()), before);
}

TEST(JournalReserve, IsAddedToAJournalOfAnOlderForkmend) {
  const testing::TempDir dir;
  const std::string path = dir.path() / "journal.db";
  static_cast<void>(Journal::open(dir.path()).value());
  {
    auto older = Database::open(path, Database::Access::read_write).value();
    ASSERT_TRUE(older.execute("PRAGMA journal_mode=DELETE; VACUUM"));
  }
  ASSERT_FALSE(fs::exists(path + "-journal"));
  const auto journal = Journal::open(dir.path()).value();
  const auto before = room_of(dir.path());
  record_large_incident(*journal, "i-20260821T031502-0001");
  EXPECT_EQ(room_of(dir.path()), before);
}

}  // namespace
}  // namespace forkmend::engine
