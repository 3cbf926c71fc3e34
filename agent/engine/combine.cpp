// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/combine.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/outlook.hpp"
#include "remediations/part.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::engine {

namespace {

using remediations::Step;

constexpr std::size_t kMost = 3;

/// Least invasive first; risk weighs more than scope, as in plan_attempts.cpp.
std::pair<Risk, Scope> reach(const Attempt& attempt) {
  std::pair<Risk, Scope> most{Risk::safe, Scope::instance};
  for (const Step& step : attempt.steps) {
    most.first = std::max(most.first, step.risk);
    most.second = std::max(most.second, step.scope);
  }
  return most;
}

bool writes_same(const std::vector<Step>& steps, const Step& step) {
  return std::ranges::any_of(steps, [&](const Step& other) { return other.target == step.target; });
}

void append(std::string& text, std::string_view separator, const std::string& more) {
  if (more.empty()) return;
  text.append(text.empty() ? "" : separator).append(more);
}

/// Both were planned against the file as it is now: the second one would not find it so.
void append_persist(Attempt& all, Attempt& part) {
  for (Step& step : part.persist) {
    if (writes_same(all.persist, step)) {
      all.notes.push_back(part.remedy + " is not kept for the next boot: " +
                          to_string(step.target) + " is written for " + all.remedy + " already");
      return;
    }
  }
  std::ranges::move(part.persist, std::back_inserter(all.persist));
}

Attempt joined(Attempt all, Attempt part) {
  append_persist(all, part);
  append(all.remedy, " + ", part.remedy);
  std::ranges::move(part.steps, std::back_inserter(all.steps));
  append(all.predicted, "; ", part.predicted);
  std::ranges::move(part.notes, std::back_inserter(all.notes));
  all.mitigates = all.mitigates || part.mitigates;
  all.forecast_after = std::move(part.forecast_after);
  return all;
}

PlanRequest over(const PlanRequest& request, const FactSet& facts,
                 const forecast::Forecast& forecast) {
  return {.instance = request.instance,
          .facts = facts,
          .diagnosis = request.diagnosis,
          .forecast = forecast,
          .policy = request.policy,
          .root = request.root,
          .trigger = request.trigger,
          .allowed = request.allowed};
}

class Search {
 public:
  Search(const ChoiceContext& context, const std::vector<policy::RemedyChoice>& choices)
      : context_(context), choices_(choices) {}

  [[nodiscard]] std::optional<Attempt> of_size(std::size_t size) {
    size_ = size;
    std::vector<std::size_t> none;
    extend(none, {}, context_.request.facts);
    return std::move(best_);
  }

 private:
  void extend(std::vector<std::size_t>& used, const Attempt& so_far, const FactSet& facts);
  void add(std::vector<std::size_t>& used, const Attempt& so_far, const FactSet& facts,
           std::size_t next);
  void offer(const std::vector<std::size_t>& used, Attempt attempt);

  const ChoiceContext& context_;
  const std::vector<policy::RemedyChoice>& choices_;
  std::size_t size_ = 0;
  std::optional<Attempt> best_;
};

/// Sequences come in the order of the list, so only a lesser reach replaces what was found.
void Search::offer(const std::vector<std::size_t>& used, Attempt attempt) {
  const bool one_cures = std::ranges::any_of(used, [&](std::size_t index) {
    const auto* spec = remediations::find_remediation(choices_[index].remedy);
    return spec != nullptr && cures(*spec, context_);
  });
  if (!one_cures || (best_ && reach(attempt) >= reach(*best_))) return;
  best_ = std::move(attempt);
}

void Search::add(std::vector<std::size_t>& used, const Attempt& so_far, const FactSet& facts,
                 std::size_t next) {
  const forecast::Forecast forecast = forecast::forecast_fork(facts);
  const PlanRequest request = over(context_.request, facts, forecast);
  const ChoiceContext context{request, context_.rule, context_.cause, context_.cause_id, true};
  const bool last = used.size() + 1 == size_;
  policy::RemedyChoice choice = choices_[next];
  if (!last) choice.parameters = remediations::as_part(std::move(choice.parameters));
  ChoiceResult result = plan_attempt(context, choice);
  used.push_back(next);
  if (auto* enough = std::get_if<Attempt>(&result); enough != nullptr && last) {
    offer(used, joined(so_far, std::move(*enough)));
  } else if (auto* part = std::get_if<Insufficient>(&result); part != nullptr && !last) {
    const FactSet after = facts_after(facts, part->attempt.steps);
    extend(used, joined(so_far, std::move(part->attempt)), after);
  }
  used.pop_back();
}

void Search::extend(std::vector<std::size_t>& used, const Attempt& so_far, const FactSet& facts) {
  for (std::size_t next = 0; next < choices_.size(); ++next) {
    if (std::ranges::find(used, next) == used.end()) add(used, so_far, facts, next);
  }
}

}  // namespace

std::optional<Attempt> combine(const ChoiceContext& context,
                               const std::vector<policy::RemedyChoice>& choices) {
  for (std::size_t size = 2; size <= std::min(kMost, choices.size()); ++size) {
    if (auto found = Search(context, choices).of_size(size)) return found;
  }
  return std::nullopt;
}

}  // namespace forkmend::engine
