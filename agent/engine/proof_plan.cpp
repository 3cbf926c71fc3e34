// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/proof_plan.hpp"

#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/proof_cost.hpp"

namespace forkmend::engine {

namespace {

using Limits = std::vector<std::string>;

void add_count(Limits& limits, std::optional<std::int64_t> most, std::string_view of) {
  if (most) limits.push_back(format_count(*most) + " " + std::string(of));
}

void add_time(Limits& limits, std::string_view what,
              std::optional<std::chrono::milliseconds> longest) {
  if (longest) limits.push_back(std::string(what) + " " + format_duration(*longest));
}

void add_share(Limits& limits, std::string_view what, std::optional<std::int64_t> percent) {
  if (percent) limits.push_back(std::string(what) + " " + std::to_string(*percent) + " %");
}

std::string limits_text(std::string_view verb, const Limits& limits) {
  const std::string text(verb);
  return limits.empty() ? "never " + text : text + " above " + join(limits, ", ");
}

std::string limits_of(const policy::Rails& rails) {
  Limits put_off;
  add_count(put_off, rails.put_off_above.changes_per_second, "changes a second");
  add_time(put_off, "a fork() of", rails.put_off_above.fork_time);
  add_share(put_off, "copies of", rails.put_off_above.copied_of_free);
  Limits abort;
  add_share(abort, "copies of", rails.abort_above.copied_of_free);
  add_time(abort, "answers in", rails.abort_above.answer_time);
  add_share(abort, "memory pressure", rails.abort_above.memory_pressure);
  add_share(abort, "io pressure", rails.abort_above.io_pressure);
  return limits_text("put off", put_off) + "; " + limits_text("ended", abort);
}

}  // namespace

std::vector<std::string> proof_outlook(const FactSet& facts, const policy::Rails& rails) {
  const ExpectedCost cost = expected_cost(facts);
  std::vector<std::string> says = {"a save, expected: " + to_string(cost), limits_of(rails)};
  const auto reasons = reasons_to_put_off(cost, rails.put_off_above, rails.abort_above);
  if (!reasons.empty()) {
    says.push_back("at this load it waits for a calmer moment: " + join(reasons, "; "));
  }
  return says;
}

}  // namespace forkmend::engine
