// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/eviction.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "base/units.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_memory.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

using forecast::Verdict;

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
/// Keys differ in size: those with a TTL must hold this much more than is to go, in percent.
constexpr std::int64_t kSpare = 125;

/// Once a kill has been seen, even the worst case has to fit.
enum class Goal { likely, worst };

forecast::Forecast forecast_at(const PlanInput& input, std::int64_t counted, std::int64_t limit) {
  auto effects = release_effects(input.facts, counted - limit);
  const auto used = input.facts.integer("redis.used_memory").value_or(counted);
  effects["redis.used_memory"] = used - (counted - limit);
  return forecast::forecast_fork(input.facts.with(effects));
}

bool fits(const forecast::Forecast& then, Goal goal) {
  if (forecast::denies(then.verdict)) return false;
  if (goal == Goal::worst) return then.cow.verdict == Verdict::admitted;
  return then.cow.verdict == Verdict::admitted || then.cow.verdict == Verdict::too_close;
}

std::string why_it_does_not(const forecast::Forecast& then) {
  if (forecast::denies(then.verdict)) {
    const forecast::RuleForecast* rule = then.find(then.binding_rule);
    return "the next fork would be refused: " + (rule == nullptr ? "" : rule->says);
  }
  return then.cow.says;
}

/// The largest limit from low to high that fits; low does.
std::int64_t largest_fit(const PlanInput& input, std::int64_t counted, std::int64_t low,
                         std::int64_t high, Goal goal) {
  while (high - low > kMiB) {
    const std::int64_t middle = low + (high - low) / 2;
    if (fits(forecast_at(input, counted, middle), goal)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

std::int64_t evictable_with_ttl(const FactSet& facts) {
  const Keyspace all = read_keyspace(facts);
  if (all.keys <= 0) return 0;
  const auto data = facts.integer("redis.used_memory_dataset");
  const std::int64_t bytes = data ? *data : facts.integer("redis.used_memory").value_or(0);
  return static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(all.expires) /
                                   static_cast<double>(all.keys));
}

std::string share_of_ttl(const FactSet& facts) {
  const Keyspace all = read_keyspace(facts);
  return format_count(all.expires) + " of " + format_count(all.keys) + " keys have a TTL, about " +
         format_size(evictable_with_ttl(facts));
}

bool enough_with_ttl(const FactSet& facts, std::int64_t bytes) {
  return evictable_with_ttl(facts) / kSpare * 100 >= bytes;
}

std::variant<EvictionPolicy, Refusal> judge(const FactSet& facts, const std::string& policy,
                                            std::int64_t bytes) {
  if (policy == "noeviction") {
    return EvictionPolicy{policy,
                          "nothing is evicted (noeviction): every write is refused with -OOM until "
                          "the data set is smaller",
                          false};
  }
  if (policy.starts_with("allkeys-")) {
    return EvictionPolicy{policy, "any key may go (" + policy + ")", true};
  }
  if (!enough_with_ttl(facts, bytes)) {
    return Refusal{"with " + policy +
                   " only keys with a TTL go, and that is not enough: " + share_of_ttl(facts)};
  }
  return EvictionPolicy{policy, "only keys with a TTL go (" + policy + "): " + share_of_ttl(facts),
                        true};
}

}  // namespace

std::optional<std::int64_t> counted_memory(const FactSet& facts) {
  const auto used = facts.integer("redis.used_memory");
  if (!used) return std::nullopt;
  return *used - facts.integer("redis.mem_not_counted_for_evict").value_or(0);
}

std::variant<std::int64_t, Refusal> choose_maxmemory(const PlanInput& input,
                                                     std::span<const std::string_view> causes) {
  if (const auto named = input.parameters.integer("to")) return *named;
  const auto counted = counted_memory(input.facts);
  if (!counted) return Refusal{why_missing(input.facts, "redis.used_memory")};
  const auto memory = input.facts.integer("host.mem_total");
  if (!memory) return Refusal{why_missing(input.facts, "host.mem_total")};
  const Goal goal = blames_one_of(input, causes) ? Goal::worst : Goal::likely;
  const std::int64_t least = *counted / 2;
  const auto smallest = forecast_at(input, *counted, least);
  if (!fits(smallest, goal)) {
    return Refusal{"even with half of the data gone (" + format_size(least) + ") " +
                   why_it_does_not(smallest) + "; name `to` to go further"};
  }
  const std::int64_t limit = largest_fit(input, *counted, least, std::max(*memory, *counted), goal);
  return limit >= kMiB ? limit / kMiB * kMiB : limit;
}

std::variant<EvictionPolicy, Refusal> choose_policy(const PlanInput& input, std::int64_t bytes) {
  const auto current = config_value(input.facts, "maxmemory-policy");
  if (!current) return Refusal{why_missing(input.facts, config_fact("maxmemory-policy"))};
  const std::string named = input.parameters.is_auto("policy")
                                ? "auto"
                                : input.parameters.text("policy").value_or("auto");
  if (bytes <= 0 && (named == "auto" || named == "keep")) return EvictionPolicy{*current, "", true};
  if (named == "keep") return judge(input.facts, *current, bytes);
  if (named != "auto") return judge(input.facts, named, bytes);
  if (*current != "noeviction") return judge(input.facts, *current, bytes);
  if (enough_with_ttl(input.facts, bytes)) return judge(input.facts, "volatile-lru", bytes);
  return Refusal{"keys that nobody gave a TTL would have to be evicted (" +
                 share_of_ttl(input.facts) + ", " + format_size(bytes) +
                 " are to go): name a policy such as allkeys-lru where this is a cache"};
}

}  // namespace forkmend::remediations
