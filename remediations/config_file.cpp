// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/config_file.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "redis/conf_edit.hpp"
#include "redis/credentials.hpp"
#include "remediations/config_place.hpp"
#include "remediations/shell.hpp"

namespace forkmend::remediations {

namespace {

using redis::begin_mark;
using redis::end_mark;

/// Of each parameter the last step: gradual changes take several.
std::vector<const Step*> last_settings(const std::vector<Step>& steps) {
  std::vector<const Step*> last;
  for (const Step& step : steps) {
    if (step.target.type != StepType::config) continue;
    std::erase_if(last, [&](const Step* other) { return other->target.name == step.target.name; });
    last.push_back(&step);
  }
  return last;
}

/// The first of a parameter's steps knows what the server had.
std::optional<std::string> value_before(const std::vector<Step>& steps, const std::string& name) {
  for (const Step& step : steps) {
    if (step.target.type == StepType::config && step.target.name == name) return step.before;
  }
  return std::nullopt;
}

/// Our block about the parameter, line by line; empty: there is none.
std::vector<std::string> block_in(std::string_view text, const std::string& name) {
  std::vector<std::string> block;
  for (const std::string_view line : lines_of(text)) {
    if (block.empty() && !line.starts_with(begin_mark(name))) continue;
    block.emplace_back(line);
    if (line == end_mark(name)) break;
  }
  return block;
}

/// What a person would type to turn one text of the file into the other.
std::string lines_between(const Target& target, std::string_view from, std::string_view to) {
  const std::string& path = target.file;
  const auto block = block_in(to, target.name);
  const bool cut = !block_in(from, target.name).empty();
  // sed ends every line that it leaves.
  const bool ended = cut || from.empty() || from.ends_with('\n');
  std::vector<std::string> commands;
  if (cut) commands.push_back(cut_line(path, begin_mark(target.name), end_mark(target.name)));
  if (!block.empty()) {
    commands.push_back(append_line(path, block, ended ? LastLine::ended : LastLine::open));
  } else if (!to.empty() && !to.ends_with('\n')) {
    commands.push_back("truncate -s -1 " + shell_quote(path));
  }
  return join(commands, " && ");
}

Result<std::optional<Step>> keep_one(const ConfigPlace& place, const Step& setting) {
  const auto now = redis::directive_value(place.text, setting.target.name);
  if (!now) return now.error();
  // So that the step does not fail in the middle of a plan.
  auto edited = redis::with_directive(place.text, setting.target.name, setting.after);
  if (!edited) return edited.error();
  if (*now == setting.after) return std::optional<Step>();
  Step step;
  step.remedy = setting.remedy;
  step.target.type = StepType::config_file;
  step.target.name = setting.target.name;
  step.target.endpoint = setting.target.endpoint;
  step.target.file = place.path;
  step.target.owner = place.owner;
  step.before = *now;
  step.after = setting.after;
  step.scope = Scope::instance;
  step.risk = setting.risk;
  step.needs_root = place.needs_root;
  step.why = "its next start would bring the old value back";
  step.shell = lines_between(step.target, place.text, *edited);
  step.undo_shell = lines_between(step.target, *edited, place.text);
  redis::wipe(*edited);
  return std::optional(std::move(step));
}

}  // namespace

std::string not_kept_note(const std::string& because, const std::vector<Step>& steps) {
  std::vector<std::string> lines;
  for (const Step* step : last_settings(steps)) {
    for (std::string& line : redis::directive_lines(step->target.name, *step->after)) {
      lines.push_back(std::move(line));
    }
  }
  return "not kept for the server's next start: " + because +
         "; its redis.conf would want: " + join(lines, " | ");
}

Persistence keep_in_config_file(const PlanInput& input, const std::vector<Step>& steps) {
  Persistence kept;
  auto place = find_config_place(input);
  if (!place) return {.steps = {}, .notes = {not_kept_note(place.error().message, steps)}};
  for (const Step* setting : last_settings(steps)) {
    const auto& name = setting->target.name;
    auto because = why_not_here(input, *place, name, value_before(steps, name));
    auto step = keep_one(*place, *setting);
    if (!because && !step) because = place->path + ": " + step.error().message;
    if (because) {
      kept.steps.clear();
      kept.notes = {not_kept_note(*because, steps)};
      break;
    }
    if (*step) kept.steps.push_back(*std::move(*step));
  }
  redis::wipe(place->text);
  return kept;
}

}  // namespace forkmend::remediations
