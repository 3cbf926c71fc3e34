// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_watch.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "forecast/outlooks.hpp"
#include "host/child_facts.hpp"
#include "host/pressure.hpp"
#include "host/save_cost.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLooksApart{250};

/// The child tells its copies while it saves (sendChildInfo() of the servers), unless it is in the
/// middle of one large key.
constexpr std::int64_t kTellsNoMore = 10;

/// A walk over the child's page tables takes 8.5 ms for each GB: not of larger ones, and less than
/// a twentieth of the time.
constexpr std::int64_t kLargestWalk = std::int64_t{16} << 30;
constexpr milliseconds kWalksApart{1000};
constexpr int kWalkShare = 20;

std::optional<double> pressure_now(const host::Root& root, std::string_view resource) {
  const auto percent = host::read_full_pressure(root, resource, host::PressureSpan::ten_seconds);
  return percent ? std::optional(*percent) : std::nullopt;
}

std::optional<ChangeReading> reading_of(const Result<redis::Info>& info) {
  if (!info) return std::nullopt;
  const auto wall = read_clock().wall.time_since_epoch();
  return change_reading(redis::info_facts(*info), std::chrono::duration_cast<microseconds>(wall));
}

/// Two answers, kRateSpan apart.
asio::awaitable<std::optional<double>> ask_rate(ServerLink* link,
                                                std::optional<ChangeReading>* reading) {
  const auto earlier = co_await link->info("default");
  const auto first = reading_of(earlier);
  co_await pause(kRateSpan + milliseconds(5));
  const auto later = co_await link->info("default");
  const auto second = reading_of(later);
  if (!first || !second) co_return std::nullopt;
  *reading = second;
  co_return changes_per_second(*first, *second);
}

}  // namespace

asio::awaitable<ExpectedCost> measure_cost(host::Root root, ServerLink* link, FactSet facts,
                                           std::optional<ChangeReading>* reading,
                                           std::optional<std::int64_t> changes_limit) {
  const auto before = std::exchange(*reading, change_reading(facts));
  std::optional<double> rate;
  if (*reading && before) rate = changes_per_second(*before, **reading);
  const bool calm = *reading && is_surely_calm(**reading, changes_limit);
  if (!rate && !calm) {
    const auto asked = co_await ask_rate(link, reading);
    rate = asked;
  }
  ExpectedCost cost = expected_cost(facts, rate);
  cost.memory_pressure = pressure_now(root, "memory");
  cost.io_pressure = pressure_now(root, "io");
  co_return cost;
}

bool AbortDecision::on(const RunningCost& cost) {
  const bool was_above = !reasons_.empty();
  peak_ = peak_of(peak_, cost);
  reasons_ = reasons_to_abort(cost, limits_);
  return was_above && !reasons_.empty();
}

ProofWatch::ProofWatch(host::Root root, FactSet before, policy::AbortAbove limits)
    : root_(std::move(root)),
      before_(std::move(before)),
      pid_(before_.integer("instance.pid").value_or(0)),
      decision_(limits) {}

void ProofWatch::walk_child() {
  const auto now = monotonic_since_boot();
  if (now < next_walk_) return;
  next_walk_ = now + kWalksApart;
  if (before_.integer("instance.rss_anon").value_or(kLargestWalk) >= kLargestWalk) return;
  FactSet facts;
  host::FactWriter writer(host::TreeKind::live, facts);
  host::put_child_facts(writer, root_, pid_);
  const auto child = facts.integer("instance.child.pid");
  if (!child) return;
  const auto bytes = host::read_private_dirty(root_, *child);
  if (bytes) walked_ = *bytes;
  const auto end = monotonic_since_boot();
  next_walk_ = std::max(next_walk_, end + (end - now) * kWalkShare);
}

std::optional<std::int64_t> ProofWatch::copied(const Result<redis::Info>& info) {
  if (info) {
    const auto told = info->integer("current_cow_size");
    const auto age = info->integer("current_cow_size_age").value_or(0);
    if (told && *told > 0 && age <= kTellsNoMore) return told;
  }
  walk_child();
  return walked_;
}

bool ProofWatch::on_answer(const Result<redis::Info>& info, milliseconds took) {
  slowest_ = std::max(slowest_, took);
  const auto now = monotonic_since_boot();
  if (now < next_look_) return false;
  next_look_ = now + kLooksApart;
  RunningCost cost;
  cost.answer_time = std::exchange(slowest_, milliseconds(0));
  cost.memory_pressure = pressure_now(root_, "memory");
  cost.io_pressure = pressure_now(root_, "io");
  cost.copied = copied(info);
  FactSet facts = before_;
  facts.merge(host::memory_facts(root_, pid_));
  cost.free = forecast::free_memory(facts);
  return decision_.on(cost);
}

}  // namespace forkmend::engine
