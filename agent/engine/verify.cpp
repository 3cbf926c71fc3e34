// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/verify.hpp"

#include <algorithm>
#include <utility>

#include "base/units.hpp"
#include "engine/proofs.hpp"
#include "engine/save_trigger.hpp"
#include "engine/verify_guards.hpp"
#include "engine/verify_run.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

/// A fork stops the server for as long as it takes: up to a second for ten GB, more in a VM.
constexpr milliseconds kCallDeadline{30000};

/// Each try reads all facts anew.
constexpr milliseconds kCalmPoll{500};

redis::ConnectionOptions patient(redis::ConnectionOptions options) {
  options.deadline = std::max(options.deadline, kCallDeadline);
  return options;
}

milliseconds deadline_of(const host::Root& root, const FactSet& facts,
                         const VerifyOptions& options) {
  if (options.timeout) return *options.timeout;
  return auto_deadline(facts, expected_size(facts, snapshot_file(root, facts), SaveKind::snapshot));
}

Result<SavedFile> saved_file(const VerifyRun& run) {
  return run.kind == SaveKind::snapshot ? snapshot_file(run.root, run.facts())
                                        : aof_base_file(run.root, run.facts());
}

/// Where the new file will be written: the append-only directory can be a mount of its own.
std::string directory_of(const VerifyRun& run) {
  std::string directory = server_directory(run.before.locality.pid);
  if (run.kind == SaveKind::snapshot || !run.file_before) return directory;
  const std::string& path = run.file_before->path;
  return path.substr(0, path.rfind('/'));
}

std::vector<Proof> guards(const VerifyRun& run) {
  const auto expected = expected_size(run.facts(), run.file_before, run.kind);
  return {same_server_guard(run.first.observation.facts, run.facts()), ready_guard(run.facts()),
          guarded_guard(run.first.observation.facts, run.facts(), run.kind),
          forecast_guard(run.before.observation.forecast),
          disk_guard(disk_room(run.root, directory_of(run)), expected)};
}

/// Takes what was seen just now, and adds what speaks for and against a save.
void guard(VerifyRun& run, Result<ObservedInstance> seen) {
  if (!seen) return run.add({"same-server", false, seen.error().message});
  run.before = std::move(*seen);
  if (!run.before.locality.local) {
    return run.add(
        {"same-server", false,
         "it is not proven to be a process of this host: " + run.before.locality.because});
  }
  run.kind = save_kind(run.facts());
  run.file_before = saved_file(run);
  for (Proof& proof : guards(run)) run.add(std::move(proof));
}

bool started(TriggerAnswer answer) {
  return answer == TriggerAnswer::started || answer == TriggerAnswer::scheduled;
}

bool ask_again(TriggerAnswer answer) {
  return answer == TriggerAnswer::other_child || answer == TriggerAnswer::not_now;
}

/// The server's own save, made while we waited for a calmer moment, proves as much as ours.
bool take_own_save(VerifyRun& run) {
  if (!run.waiting) return false;
  auto proof = own_save_proof(run.waiting->facts, run.facts(), run.kind);
  if (!proof) return false;
  run.own_save = true;
  run.trigger.answer = TriggerAnswer::started;
  run.trigger.asked = run.waiting->at;
  run.file_before = run.waiting->file;
  run.before.observation.facts = run.waiting->facts;
  run.add(std::move(*proof));
  return true;
}

/// Whether the time for a calmer moment is over; a save of the server's own may still be running.
bool give_up_waiting(VerifyRun& run) {
  run.result.put_off = run.waiting.has_value() && run.wait.is_over() && !run.wait.is_stopped();
  return run.wait.is_over();
}

asio::awaitable<void> ask_for_save(VerifyRun* run) {
  run->trigger = co_await trigger_save(&run->link, run->kind);
  const TriggerAnswer answer = run->trigger.answer;
  run->result.save_was_triggered = started(answer) || answer == TriggerAnswer::fork_refused;
}

/// Guards, then the trigger; again from the start while the server has a child, is not ready or too
/// busy, because the facts of before that wait are old by then. The proofs so far are in the
/// result.
asio::awaitable<bool> trigger_when_allowed(VerifyRun* run) {
  while (true) {
    run->result.proofs.clear();
    auto alone = co_await wait_until_alone(run->root, &run->link, run->wait);
    run->add(std::move(alone.proof));
    if (!run->holds_so_far()) {
      give_up_waiting(*run);
      co_return false;
    }
    guard(*run, co_await observe(std::move(alone.moment), run->first.connection));
    if (!run->holds_so_far()) co_return false;
    if (take_own_save(*run)) co_return true;
    const bool calm = co_await is_calm(run);
    if (!calm) {
      if (give_up_waiting(*run)) co_return false;
      co_await pause(kCalmPoll);
      continue;
    }
    co_await ask_for_save(run);
    if (!ask_again(run->trigger.answer) || run->wait.is_over()) break;
    co_await pause(run->wait.poll);
  }
  run->add({"triggered", started(run->trigger.answer), run->trigger.says});
  co_return started(run->trigger.answer);
}

std::optional<std::int64_t> lesser(std::optional<std::int64_t> a, std::optional<std::int64_t> b) {
  return a && b ? std::min(a, b) : std::nullopt;
}

FileWitness file_witness(const VerifyRun& run, const FactSet& after) {
  FileWitness witness{.before = run.file_before,
                      .after = saved_file(run),
                      .look = {},
                      .keys = lesser(key_count(run.facts()), key_count(after))};
  if (!witness.after) return witness;
  const bool is_rdb = run.kind == SaveKind::snapshot || witness.after->name.ends_with(".rdb");
  if (is_rdb) witness.look = look_at_rdb(run.root, witness.after->path);
  return witness;
}

void add_proofs(VerifyRun& run, const FactSet& after) {
  run.add(status_proof(run.facts(), after, run.kind));
  if (run.kind == SaveKind::snapshot) {
    run.add(lastsave_proof(after, run.trigger.asked));
  } else if (auto rewrites = rewrites_proof(run.facts(), after)) {
    run.add(std::move(*rewrites));
  }
  run.add(new_file_proof(file_witness(run, after)));
  run.add(oom_proof(run.facts(), after));
}

/// Everything that must hold once the save has ended; after a refused fork only what became of it.
asio::awaitable<void> prove(VerifyRun* run) {
  const auto after = co_await observe(run->root, run->first.connection);
  if (!after) {
    run->add({"status", false, after.error().message});
    co_return;
  }
  const FactSet& facts = after->observation.facts;
  if (run->trigger.answer == TriggerAnswer::fork_refused) {
    run->add(status_proof(run->facts(), facts, run->kind));
    co_return;
  }
  Proof same = same_server_guard(run->facts(), facts);
  if (!same.holds) run->add(std::move(same));
  add_proofs(*run, facts);
  redis::Command ping{"PING"};
  run->add(pong_proof(co_await run->link.call(std::move(ping))));
}

asio::awaitable<void> save_and_prove(VerifyRun* run, milliseconds deadline) {
  const bool begun = co_await trigger_when_allowed(run);
  if (!run->result.save_was_triggered && !run->own_save) co_return;
  if (begun && !run->own_save) {
    const bool goes_on = co_await watch_save(run, deadline);
    if (!goes_on) co_return;
  }
  co_await prove(run);
}

}  // namespace

VerifyRun::VerifyRun(host::Root at, ObservedInstance instance, VerifyOptions how,
                     std::chrono::nanoseconds until)
    : root(std::move(at)),
      first(std::move(instance)),
      options(std::move(how)),
      link(patient(first.connection)),
      wait{.until = until, .poll = options.poll, .stop_requested = options.stop_requested} {}

void VerifyRun::tell(const std::string& line) const {
  if (options.on_event) options.on_event(line);
}

bool VerifyRun::holds_so_far() const {
  return std::ranges::all_of(result.proofs, &Proof::holds);
}

Verification VerifyRun::finish(std::chrono::nanoseconds took) {
  result.proven = (result.save_was_triggered || own_save) && holds_so_far();
  result.took = std::chrono::duration_cast<milliseconds>(took);
  return std::move(result);
}

asio::awaitable<Verification> verify_save(host::Root root, ObservedInstance instance,
                                          VerifyOptions options) {
  const auto begin = read_clock().boot;
  const milliseconds deadline = deadline_of(root, instance.observation.facts, options);
  VerifyRun run(std::move(root), std::move(instance), std::move(options),
                monotonic_since_boot() + deadline);
  co_await save_and_prove(&run, deadline);
  co_return run.finish(read_clock().boot - begin);
}

}  // namespace forkmend::engine
