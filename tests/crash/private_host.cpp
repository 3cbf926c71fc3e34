// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/private_host.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "agent/engine/await.hpp"
#include "engine/heal.hpp"
#include "engine/host_lock.hpp"
#include "engine/live_actuator.hpp"
#include "engine/unfinished.hpp"
#include "remediations/tree_actuator.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using remediations::StepType;
using remediations::Target;

void copy_tree(const HostTree& from, const HostTree& to) {
  fs::copy(from.path(), to.path(),
           fs::copy_options::recursive | fs::copy_options::copy_symlinks |
               fs::copy_options::overwrite_existing);
}

/// With extended attributes, by which forkmend knows its directories.
void copy_with_marks(const HostTree& from, const HostTree& to) {
  const auto copied = run_program({"cp", "-a", from.path().string() + "/.", to.path().string()});
  if (copied.exit_code != 0) throw std::runtime_error(copied.err);
}

/// As an earlier forkmend has left it: empty, with the room that it sets aside.
void make_record(const std::string& state_dir) {
  const auto journal = engine::Journal::open(state_dir);
  if (!journal) throw std::runtime_error(journal.error().message);
}

/// These take several system calls; a server and the kernel take a value at once.
bool takes_several_calls(StepType type) {
  return type == StepType::file || type == StepType::config_file || type == StepType::swap ||
         type == StepType::quarantine;
}

class ExecutorOnTree : public engine::Actuator {
 public:
  explicit ExecutorOnTree(const HostTree& tree)
      : tree_(tree), live_(tree.root(), {}), rest_(tree) {}

  asio::awaitable<Result<std::optional<std::string>>> read(Target target) override {
    return of(target).read(target);
  }
  asio::awaitable<Result<void>> change(engine::ChangeRequest request) override {
    engine::Actuator& actuator = of(request.target);
    return actuator.change(std::move(request));
  }

 private:
  [[nodiscard]] engine::Actuator& of(const Target& target) {
    const std::string process = "/proc/" + std::to_string(target.pid);
    const bool elsewhere = target.type == StepType::rlimit && !tree_.root().exists(process);
    if (elsewhere) return processes_;
    const bool has_table = target.type != StepType::swap || tree_.root().exists("/proc/swaps");
    if (takes_several_calls(target.type) && has_table) return live_;
    return rest_;
  }

  const HostTree& tree_;
  engine::LiveActuator live_;
  engine::LiveActuator processes_ = engine::LiveActuator(host::Root(), {});
  TreeActuator rest_;
};

}  // namespace

std::unique_ptr<engine::Actuator> executor_on(const HostTree& tree) {
  return std::make_unique<ExecutorOnTree>(tree);
}

engine::Plan plan_of(std::vector<remediations::Step> steps) {
  engine::Plan plan;
  plan.id = "p-0123456789ab";
  plan.instance = "redis://127.0.0.1:6379";
  plan.cause = "commit-limit";
  plan.rule = "a rule";
  engine::Attempt attempt;
  attempt.remedy = "a-remedy";
  attempt.steps = std::move(steps);
  plan.attempts.push_back(std::move(attempt));
  return plan;
}

engine::Plan plan_of(const Planning& planning) {
  const auto proposal = planning.proposal();
  engine::Plan plan = plan_of(proposal.steps);
  plan.cause = planning.cause ? planning.cause->id : "";
  engine::Attempt& attempt = plan.attempts.front();
  attempt.remedy = std::string(planning.spec->id);
  attempt.persist = proposal.persist;
  attempt.predicted = proposal.predicted;
  return plan;
}

PrivateHost::PrivateHost(const Planning& planning, Record record) : plan_(plan_of(planning)) {
  copy_tree(*planning.tree, tree_);
  if (record == Record::made) make_record(state_dir());
}

PrivateHost::PrivateHost(engine::Plan plan, const Files& files, Record record)
    : plan_(std::move(plan)), tree_(files) {
  if (record == Record::made) make_record(state_dir());
}

PrivateHost::PrivateHost(const PrivateHost& other,
                         const std::map<std::string, std::string>& state_files)
    : plan_(other.plan_) {
  copy_with_marks(other.tree_, tree_);
  fs::create_directory(state_dir());
  fs::permissions(state_dir(), fs::perms::owner_all);
  write_tree(state_dir(), state_files);
}

int PrivateHost::heal() const {
  const auto lock = engine::HostLock::acquire(state_dir() + "/lock");
  if (!lock) return 2;
  const auto journal = engine::Journal::open(state_dir());
  if (!journal) return 3;
  const auto actuator = executor_on(tree_);
  engine::HealOptions options;
  options.verify = false;
  options.persist = true;
  options.actor = "crash test";
  const auto outcome = await(
      engine::heal(plan_, {}, tree_.root(), journal->get(), actuator.get(), std::move(options)));
  const bool good =
      outcome.state == engine::HealState::healed || outcome.state == engine::HealState::mitigated;
  if (good) return 0;
  return outcome.problems.empty() ? kNoReason : 4;
}

int PrivateHost::roll_back() const {
  const auto lock = engine::HostLock::acquire(state_dir() + "/lock");
  if (!lock) return 2;
  const auto journal = engine::Journal::open(state_dir());
  if (!journal) return 3;
  const auto actuator = executor_on(tree_);
  engine::RollbackOptions everything{.selector = "", .all = true};
  const auto items = await(engine::rollback(journal->get(), actuator.get(), std::move(everything)));
  return items ? 0 : 4;
}

int PrivateHost::recover() const {
  const auto lock = engine::HostLock::acquire(state_dir() + "/lock");
  if (!lock) return 2;
  const auto journal = engine::Journal::open(state_dir());
  if (!journal) return 3;
  const auto actuator = executor_on(tree_);
  const auto done =
      await(engine::finish_unfinished(journal->get(), actuator.get(), {}, read_clock().wall));
  return done ? 0 : 4;
}

Snapshot PrivateHost::snapshot() const {
  Snapshot all = tree_.snapshot();
  for (auto& [path, content] : all) {
    const std::size_t magic = content.find("SWAPSPACE2");
    if (magic == std::string::npos) continue;
    // union swap_header of include/linux/swap.h: the magic ends the first page.
    constexpr std::size_t kMagicAt = 4096 - 10;
    constexpr std::size_t kUuidAt = 1024 + 3 * 4;
    content.replace(magic - kMagicAt + kUuidAt, 16, 16, '-');
  }
  return all;
}

std::optional<engine::IncidentState> PrivateHost::incident() const {
  const auto journal = engine::Journal::open_read_only(state_dir());
  if (!journal) return std::nullopt;
  const auto incidents = (*journal)->incidents(std::nullopt).value();
  if (incidents.empty()) return std::nullopt;
  return incidents.front().state;
}

std::string PrivateHost::journal_error() const {
  const auto journal = engine::Journal::open(state_dir());
  return journal ? std::string() : journal.error().message;
}

std::string PrivateHost::unfinished() const {
  const auto journal = engine::Journal::open_read_only(state_dir());
  if (!journal) return journal.error().message;
  if (!(*journal)->open_incidents()->empty()) return "an incident is open";
  const auto state = incident();
  const bool stays =
      state == engine::IncidentState::healed || state == engine::IncidentState::mitigated;
  const auto in_force = (*journal)->changes_in_force().value();
  if (!stays && !in_force.empty()) {
    return std::string(to_string(in_force.front().state)) + ": " + in_force.front().comment;
  }
  constexpr auto kJournalFiles =
      std::to_array<std::string_view>({"journal.db", "journal.db-journal", "lock"});
  for (const auto& entry : fs::directory_iterator(state_dir())) {
    const std::string name = entry.path().filename();
    if (std::ranges::find(kJournalFiles, name) == kJournalFiles.end())
      return name + " was left behind";
  }
  return {};
}

}  // namespace forkmend::testing
