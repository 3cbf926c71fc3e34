// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/fails_at_each_step.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <ranges>
#include <utility>

#include "remediations/tree_actuator.hpp"

namespace forkmend::testing {

namespace {

namespace asio = boost::asio;
using remediations::Step;

template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return result.get();
}

std::optional<std::string> live(TreeActuator& actuator, const Step& step) {
  const auto value = run(actuator.read(step.target));
  return value ? *value : std::nullopt;
}

/// Puts the old value back wherever the live one is ours, the last step first.
void undo(TreeActuator& actuator, const std::vector<Step>& steps, std::size_t begun) {
  for (const Step& step : steps | std::views::take(begun) | std::views::reverse) {
    if (live(actuator, step) != step.after) continue;
    const auto done =
        run(actuator.change({.target = step.target, .expected = step.after, .value = step.before}));
    EXPECT_TRUE(done) << "undoing " << to_string(step.target) << ": " << done.error().message;
  }
}

/// Applies in order until step `broken` breaks; undoes; the tree must be as it was.
void break_at(const Planning& planning, const std::vector<Step>& steps, std::size_t broken,
              Break how) {
  const auto before = planning.tree->snapshot();
  TreeActuator actuator(*planning.tree);
  std::size_t begun = 0;
  for (const Step& step : steps) {
    EXPECT_EQ(live(actuator, step), step.before) << to_string(step.target);
    if (begun == broken) actuator.break_next(how);
    const auto done =
        run(actuator.change({.target = step.target, .expected = step.before, .value = step.after}));
    EXPECT_EQ(done.has_value(), begun != broken) << to_string(step.target);
    ++begun;
    if (!done) break;
    if (remediations::is_momentary(step.target.type)) continue;
    EXPECT_EQ(live(actuator, step), step.after) << to_string(step.target);
  }
  undo(actuator, steps, begun);
  EXPECT_EQ(planning.tree->snapshot(), before);
}

}  // namespace

void fails_at_each_step(const Planning& planning) {
  const auto proposal = planning.proposal();
  std::vector<Step> steps = proposal.steps;
  steps.insert(steps.end(), proposal.persist.begin(), proposal.persist.end());
  ASSERT_FALSE(steps.empty());
  for (std::size_t k = 0; k < steps.size(); ++k) {
    SCOPED_TRACE("step " + std::to_string(k) + ": " + to_string(steps[k].target));
    EXPECT_TRUE(is_momentary(steps[k].target.type) || steps[k].before != steps[k].after);
    break_at(planning, steps, k, Break::before_write);
    break_at(planning, steps, k, Break::after_write);
  }
  SCOPED_TRACE("all steps succeed");
  break_at(planning, steps, steps.size(), Break::never);
}

}  // namespace forkmend::testing
