// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/power_cut.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "crash/run_table.hpp"
#include "support/lab/host_guard.hpp"
#include "support/lab/program.hpp"
#include "support/supervised.hpp"

namespace forkmend::testing {

namespace {

namespace fs = std::filesystem;
using engine::IncidentState;

/// Name in the state directory -> content.
using StateFiles = std::map<std::string, std::string>;

constexpr auto kJournalFiles =
    std::to_array<std::string_view>({"journal.db", "journal.db-journal"});

bool is_sync(const SystemCall& call) {
  return call.name == "fsync" || call.name == "fdatasync";
}

/// The files of a journal as they are written, and as a power cut may leave them.
class JournalFiles {
 public:
  explicit JournalFiles(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  /// To be told of each call before it is made.
  void on(const SystemCall& call) {
    const std::string name = name_of(call);
    if (is_sync(call) && !name.empty()) synced_[name] = read_file(state_dir_ + "/" + name);
  }

  /// What a power cut may leave right before the call.
  [[nodiscard]] std::vector<StateFiles> cuts(const SystemCall& call) const {
    const StateFiles now = written();
    std::vector<StateFiles> all{now};
    for (const std::string_view name : kJournalFiles) all.push_back(lost(now, name));
    StateFiles both = now;
    for (const std::string_view name : kJournalFiles) both = lost(both, name);
    all.push_back(std::move(both));
    if (auto torn = torn_write(now, call); !torn.empty()) all.push_back(std::move(torn));
    return all;
  }

 private:
  /// "" for a call that is not about one of the files.
  [[nodiscard]] std::string name_of(const SystemCall& call) const {
    if (!call.of_child || !(is_sync(call) || call.name == "pwrite64")) return {};
    const fs::path path = file_of(call.pid, call.arguments[0]);
    const std::string name = path.filename();
    const bool ours = path.parent_path() == fs::path(state_dir_) &&
                      std::ranges::find(kJournalFiles, name) != kJournalFiles.end();
    return ours ? name : std::string();
  }

  [[nodiscard]] StateFiles written() const {
    StateFiles files;
    for (const std::string_view name : kJournalFiles) {
      const fs::path path = fs::path(state_dir_) / name;
      if (fs::exists(path)) files.emplace(name, read_file(path));
    }
    return files;
  }

  /// One of them as it was when it was synced; a name that is there stays there.
  [[nodiscard]] StateFiles lost(StateFiles files, std::string_view name) const {
    const auto file = files.find(std::string(name));
    if (file == files.end()) return files;
    const auto synced = synced_.find(std::string(name));
    file->second = synced == synced_.end() ? std::string() : synced->second;
    return files;
  }

  /// With the first half of the write.
  [[nodiscard]] StateFiles torn_write(StateFiles files, const SystemCall& call) const {
    const std::string name = call.name == "pwrite64" ? name_of(call) : std::string();
    if (name.empty()) return {};
    const std::string bytes = memory_of(call.pid, call.arguments[1], call.arguments[2] / 2);
    std::string& file = files[name];
    const std::size_t at = call.arguments[3];
    if (file.size() < at + bytes.size()) file.resize(at + bytes.size());
    file.replace(at, bytes.size(), bytes);
    return files;
  }

  std::string state_dir_;
  StateFiles synced_;
};

class PowerCuts {
 public:
  PowerCuts(const Planning& planning, const Snapshot& before, const Snapshot& healed)
      : planning_(planning), before_(before), healed_(healed) {}

  /// At every moment of `chosen`.
  void run(const std::set<std::size_t>& chosen) {
    const PrivateHost host(planning_);
    JournalFiles files(host.state_dir());
    std::size_t moment = 0;
    const auto end = supervise([&] { return host.heal(); },
                               [&](const SystemCall& call) {
                                 files.on(call);
                                 if (!may_change(call)) return Verdict{};
                                 if (chosen.contains(moment++)) cut(host, files.cuts(call), moment);
                                 return Verdict{};
                               });
    EXPECT_EQ(end.exit_code, 0);
  }

 private:
  void cut(const PrivateHost& living, const std::vector<StateFiles>& cuts, std::size_t moment) {
    for (std::size_t kind = 0; kind < cuts.size(); ++kind) {
      SCOPED_TRACE("power cut before call " + std::to_string(moment) + ", kind " +
                   std::to_string(kind));
      const PrivateHost host(living, cuts[kind]);
      const Ended ended = recovered(host);
      EXPECT_NE(ended, Ended::between) << difference(before_, host.snapshot());
      count_run(std::string(planning_.spec->id), "power cut", ended);
    }
  }

  Ended recovered(const PrivateHost& host) const {
    const Snapshot found = host.snapshot();
    if (const std::string refused = host.journal_error(); !refused.empty()) {
      EXPECT_NE(refused.find("mv "), std::string::npos) << refused;
      EXPECT_EQ(host.snapshot(), found) << "nothing is changed without a record";
      return found == before_ ? Ended::as_before : Ended::between;
    }
    EXPECT_EQ(host.recover(), 0);
    EXPECT_EQ(host.unfinished(), "");
    const auto state = host.incident();
    const bool healed = state == IncidentState::healed || state == IncidentState::mitigated;
    if (host.snapshot() != (healed ? healed_ : before_)) return Ended::between;
    return healed ? Ended::as_healed : Ended::as_before;
  }

  const Planning& planning_;
  const Snapshot& before_;
  const Snapshot& healed_;
};

}  // namespace

void cut_power(const Planning& planning, const Snapshot& before, const Snapshot& healed) {
  std::size_t all = 0;
  {
    const PrivateHost host(planning);
    const auto end = supervise([&] { return host.heal(); },
                               [&](const SystemCall& call) {
                                 if (may_change(call)) ++all;
                                 return Verdict{};
                               });
    ASSERT_EQ(end.exit_code, 0);
  }
  const auto chosen = moments(all, 2, all / 8);
  PowerCuts(planning, before, healed).run({chosen.begin(), chosen.end()});
}

}  // namespace forkmend::testing
