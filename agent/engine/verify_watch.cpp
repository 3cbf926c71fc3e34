// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What a proof costs the server and its host: looked at before it is triggered, and while it runs.
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/proof_watch.hpp"
#include "engine/verify_run.hpp"
#include "host/child_facts.hpp"
#include "remediations/child_end.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

/// What the agent has seen over time was read once, with the first look.
constexpr std::string_view kForkRss = "instance.growth.fork_rss";

FactSet with_history(const VerifyRun& run) {
  const auto bytes = run.first.observation.facts.integer(kForkRss);
  return bytes ? run.facts().with({{std::string(kForkRss), *bytes}}) : run.facts();
}

/// The fork is over once BGSAVE was answered: an answer that takes much longer than the limit is
/// told by its absence.
redis::ConnectionOptions watching(redis::ConnectionOptions options,
                                  const policy::AbortAbove& limits) {
  constexpr milliseconds kLeast{1000};
  constexpr milliseconds kMore{500};
  if (limits.answer_time) options.deadline = std::max(kLeast, *limits.answer_time + kMore);
  return options;
}

FactSet child_of(const VerifyRun& run) {
  FactSet facts = run.facts().with(
      {{"redis.rdb_bgsave_in_progress", std::int64_t{run.kind == SaveKind::snapshot ? 1 : 0}}});
  host::FactWriter writer(host::TreeKind::live, facts);
  host::put_child_facts(writer, run.root, facts.integer("instance.pid").value_or(0));
  return facts;
}

/// Errors: why the child is still there.
asio::awaitable<Result<void>> end_child(VerifyRun* run) {
  const FactSet child = child_of(*run);
  if (!child.integer("instance.child.start_time")) {
    co_return Error{Errc::not_found, "the child is not there any more"};
  }
  auto steps = remediations::steps_that_end_child(child, kAbortProof);
  for (remediations::Step& step : steps) {
    auto done = co_await run->options.end_child(std::move(step));
    if (!done) co_return done;
  }
  co_return ok();
}

/// An ended child is no failed save: the status stays as it was.
asio::awaitable<void> add_status_after(VerifyRun* run) {
  const std::string field(status_field(run->kind));
  const auto was = run->facts().text("redis." + field);
  const auto info = co_await run->link.info("persistence");
  const auto now = info ? info->text(field) : std::nullopt;
  const bool worse = was == "ok" && now != "ok";
  run->add(
      {"status", !worse,
       now ? field + " is " + printable(*now, 40) + (worse ? ", it was ok before" : " as before")
           : field + " is not told"});
}

asio::awaitable<void> end_save(VerifyRun* run, const ProofWatch* watch) {
  const std::string why = join(watch->reasons(), "; ");
  run->tell("the proof costs too much and is ended: " + why);
  const auto done = co_await end_child(run);
  if (!done) {
    run->tell("the save is not ended, it goes on: " + done.error().message);
    co_return;
  }
  run->result.aborted = true;
  run->add({"watched", false, "the save was ended before it was done: " + why});
}

}  // namespace

asio::awaitable<bool> is_calm(VerifyRun* run) {
  const VerifyOptions& options = run->options;
  if (!run->changes) run->changes = change_reading(run->first.observation.facts);
  FactSet facts = with_history(*run);
  const ExpectedCost cost =
      co_await measure_cost(run->root, &run->link, std::move(facts), &run->changes,
                            options.put_off_above.changes_per_second);
  const auto reasons = reasons_to_put_off(cost, options.put_off_above, options.abort_above);
  const bool calm = reasons.empty();
  run->add({"load", calm, calm ? to_string(cost) : join(reasons, "; ")});
  if (calm && run->waiting) {
    const auto waited =
        std::chrono::duration_cast<milliseconds>(read_clock().wall - run->waiting->at);
    run->tell("calm enough after " + format_duration(waited) + ": " + to_string(cost));
  }
  if (!calm && !run->waiting) {
    run->waiting =
        BeforeWait{.facts = run->facts(), .file = run->file_before, .at = read_clock().wall};
    run->tell("the proof is put off: " + join(reasons, "; "));
  }
  co_return calm;
}

asio::awaitable<bool> watch_save(VerifyRun* run, milliseconds deadline) {
  Wait wait = run->wait;
  wait.until = monotonic_since_boot() + deadline;
  const policy::AbortAbove& limits = run->options.abort_above;
  ProofWatch watch(run->root, run->facts(), limits);
  ServerLink link(watching(run->first.connection, limits));
  SaveHooks hooks{.on_progress = run->options.on_progress, .enough = {}};
  hooks.enough = [&watch, run](const Result<redis::Info>& info, milliseconds took) {
    return watch.on_answer(info, took) && run->options.end_child != nullptr;
  };
  auto ended = co_await wait_for_save(&link, run->kind, wait, hooks);
  if (ended && *ended == SaveEnd::enough) {
    hooks.enough = {};
    co_await end_save(run, &watch);
    ended = co_await wait_for_save(&link, run->kind, wait, hooks);
  }
  if (!ended) {
    run->add({"ended", false, ended.error().message});
    co_return false;
  }
  if (run->result.aborted) {
    co_await add_status_after(run);
    co_return false;
  }
  run->add({"watched", true, to_string(watch.peak())});
  co_return true;
}

}  // namespace forkmend::engine
