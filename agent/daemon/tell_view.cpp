// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/tell_view.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.hpp"
#include "policy/cause_ids.hpp"

namespace forkmend::daemon {

namespace {

using notify::IncidentStage;

/// IncidentMessage::kind before anything has failed.
constexpr std::string_view kForeseenKind = "forecast";
constexpr std::string_view kStrainKind = "strain";

struct StageWord {
  std::string_view state;
  IncidentStage stage;
};
constexpr std::array<StageWord, 13> kStageWords = {{
    {"open", IncidentStage::open},
    {"told", IncidentStage::advice},
    {"planned", IncidentStage::advice},
    {"nothing-to-do", IncidentStage::advice},
    {"healed", IncidentStage::healed},
    {"recovered", IncidentStage::recovered},
    {"mitigated", IncidentStage::mitigated},
    {"not-healed", IncidentStage::not_healed},
    {"interrupted", IncidentStage::not_healed},
    {"undo-incomplete", IncidentStage::undo_incomplete},
    {"blocked", IncidentStage::blocked},
    {"no-privilege", IncidentStage::blocked},
    {"cannot-record", IncidentStage::blocked},
}};

/// A word that nobody here knows asks for a person rather than for nothing.
IncidentStage stage_of_news(std::string_view state) {
  for (const StageWord& word : kStageWords) {
    if (word.state == state) return word.stage;
  }
  return IncidentStage::advice;
}

metrics::SaveState save_state(const InstanceState& one) {
  if (one.failing) return metrics::SaveState::failing;
  if (!one.reachable) return metrics::SaveState::unknown;
  return one.saving ? metrics::SaveState::saving : metrics::SaveState::ok;
}

std::vector<metrics::RuleHeadroom> rules_of(const InstanceState& one) {
  std::vector<metrics::RuleHeadroom> all;
  for (const RuleHeadroom& rule : one.headroom) {
    if (!rule.margin) continue;
    const auto unit = rule.unit == "bytes" ? metrics::RuleHeadroom::Unit::bytes
                                           : metrics::RuleHeadroom::Unit::tasks;
    all.push_back({rule.rule, unit, *rule.margin});
  }
  return all;
}

/// It lasts until saves work again, also when nothing more is done about it.
void show_incident(const InstanceState& one, metrics::InstanceState& out) {
  if (one.incident && (!one.incident->closed || one.failing)) {
    out.incident_cause = one.incident->cause;
    out.incident_state = one.incident->state;
  }
}

metrics::InstanceState instance_view(const InstanceState& one) {
  metrics::InstanceState out;
  out.server = one.endpoint;
  out.flavour = one.flavour;
  out.version = one.version;
  out.role = one.role;
  out.reachable = one.reachable;
  out.save = save_state(one);
  if (one.polled_at != WallTime()) out.last_poll = one.polled_at;
  out.last_good_save = one.last_save;
  out.changes_at_risk = one.in_aof ? 0 : one.changes_since_save;
  out.at_risk_since = one.last_save;
  out.forecast = one.forecast;
  out.headroom = rules_of(one);
  show_incident(one, out);
  return out;
}

bool is_of_strain(const IncidentNews& news) {
  return news.failures.empty() && policy::is_strain(news.cause);
}

std::string_view kind_of(const IncidentNews& news) {
  if (is_of_strain(news)) return kStrainKind;
  return news.failures.empty() ? kForeseenKind : std::string_view(news.failures.front().kind);
}

std::string what_failed(const IncidentNews& news) {
  if (is_of_strain(news)) return "saves work under a strain";
  if (news.failures.empty()) {
    return news.confidence == "foreseen" ? "the next save would fail" : "a save fails";
  }
  std::string text;
  for (const FailureState& failure : news.failures) {
    text.append(text.empty() ? "" : ", ").append(failure.kind).append(" fails at ");
    text.append(failure.stage);
  }
  return text;
}

std::string summary_of(const IncidentNews& news) {
  if (news.state == "recovered") return "Saves work again.";
  std::string text = what_failed(news) + ", cause " + news.cause;
  if (!news.confidence.empty()) text.append(" (").append(news.confidence).append(")");
  text += ".";
  if (news.state == "healed") text += " Healed by " + news.remedy + ", proven by a save.";
  if (news.state == "mitigated") text += " Not healed; mitigated by " + news.remedy + ".";
  if (news.state == "planned") text += " Nothing is changed.";
  // Only a plan against a failure is kept for it.
  if (news.state == "planned" && !news.failures.empty()) {
    text += " To carry out the plan: forkmend fix --plan " + news.plan;
  }
  for (const std::string& because : news.because) text.append(" ").append(because);
  return text;
}

/// Whether what was told of is not so any more.
bool has_passed(const notify::IncidentMessage& told, const InstanceState& now) {
  if (told.kind == kForeseenKind) return now.forecast == "admitted";
  if (told.kind != kStrainKind) return !now.failing;
  return std::ranges::find(now.strains, told.cause) == now.strains.end();
}

std::string end_of(const notify::IncidentMessage& told) {
  if (told.kind == kForeseenKind) return "The next fork is admitted again.";
  return told.kind == kStrainKind ? "The strain is gone." : "Saves work again.";
}

}  // namespace

metrics::AgentState metrics_view(const AgentState& state) {
  metrics::AgentState out;
  out.mode = state.mode;
  out.instances.reserve(state.instances.size());
  for (const auto& [endpoint, one] : state.instances) out.instances.push_back(instance_view(one));
  return out;
}

notify::IncidentMessage message_of(const IncidentNews& news, const std::string& host,
                                   WallTime now) {
  notify::IncidentMessage message;
  message.id = news.id.empty() ? news.plan : news.id;
  message.host = host;
  message.instance = news.endpoint;
  message.kind = kind_of(news);
  message.cause = news.cause;
  message.stage = stage_of_news(news.state);
  message.summary = summary_of(news);
  message.opened = news.opened;
  message.at = now;
  return message;
}

std::vector<std::pair<std::string, std::string>> remedies_tried(
    const engine::HealOutcome& outcome) {
  std::map<std::pair<int, std::string>, std::string> last;
  for (const engine::ChangeRecord& change : outcome.changes) {
    last[{change.attempt, change.step.remedy}] = to_string(change.state);
  }
  std::vector<std::pair<std::string, std::string>> tried;
  tried.reserve(last.size());
  for (const auto& [key, state] : last) tried.emplace_back(key.second, state);
  return tried;
}

bool ToldBefore::is_news(const notify::IncidentMessage& message) {
  const auto found = told_.find(message.instance);
  if (found != told_.end()) {
    const notify::IncidentMessage& told = found->second;
    const bool over = is_over(message.stage);
    // "healed" and "recovered" are one end.
    if (over && is_over(told.stage)) return false;
    const bool same_cause = told.cause == message.cause && !is_over(told.stage);
    const bool known = message.stage == told.stage || message.stage == IncidentStage::open;
    if (!over && same_cause && known && message.at - told.at < kRemindAfter) return false;
  }
  remember(message);
  return true;
}

void ToldBefore::remember(const notify::IncidentMessage& message) {
  constexpr std::size_t kMostServers = 20000;
  if (told_.size() >= kMostServers) told_.clear();
  told_.insert_or_assign(message.instance, message);
}

bool ToldBefore::any_open() const {
  return std::ranges::any_of(told_, [](const auto& one) { return !is_over(one.second.stage); });
}

std::vector<notify::IncidentMessage> ToldBefore::recovered(const AgentState& state,
                                                           WallTime now) const {
  std::vector<notify::IncidentMessage> messages;
  for (const auto& [server, told] : told_) {
    const auto found = state.instances.find(server);
    if (is_over(told.stage) || found == state.instances.end()) continue;
    const InstanceState& one = found->second;
    if (!has_passed(told, one) || !one.reachable || one.looked_at <= told.at) continue;
    messages.push_back(told);
    messages.back().stage = IncidentStage::recovered;
    messages.back().summary = end_of(told);
    messages.back().at = now;
  }
  return messages;
}

}  // namespace forkmend::daemon
