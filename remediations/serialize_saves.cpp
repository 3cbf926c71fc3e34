// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What fails: several servers of a host save at the same minute. Each forks, copies and writes at
// the same time as the others, so that memory and disk which suffice for one do not for all.
//
// Why this helps: servers that were started together with the same save points stay in step for
// ever, as each save starts the next period. With periods of different length they drift apart. The
// first server of the host (by pid) keeps its own, the i-th of n waits i/n longer. Saves that
// forkmend starts itself always wait until no other child runs on the host.
//
// What it does not do: it does not forbid two saves at once, which no setting of a server can. Who
// needs that sets save "" on all and lets one timer run BGSAVE on each in turn.
//
// The risk: a longer period is more that a crash can lose, at most twice as much.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/process_table.hpp"
#include "redis/conf_edit.hpp"
#include "redis/confined_read.hpp"
#include "redis/credentials.hpp"
#include "redis/process_path.hpp"
#include "redis/server_process.hpp"
#include "remediations/config_file.hpp"
#include "remediations/gate.hpp"
#include "remediations/server_step.hpp"

namespace forkmend::remediations {

namespace {

constexpr std::string_view kFact = "redis.config.save";
constexpr std::size_t kMaxConfiguration = std::size_t{4} << 20U;
constexpr std::int64_t kLongest = std::int64_t{365} * 24 * 3600;

constexpr auto kCauses = std::to_array<std::string_view>({"overlapping-saves"});

/// Which of the host's servers this one is, by pid.
struct Place {
  std::int64_t index = 0;
  std::int64_t count = 0;
};

std::optional<Place> place_of(const PlanInput& input) {
  const auto pid = input.facts.integer("instance.pid");
  const auto table = host::process_table(input.root);
  if (!pid || !table) return std::nullopt;
  std::optional<Place> place;
  Place all;
  for (const host::ProcessRow& row : *table) {
    const bool server =
        redis::is_server_executable(redis::executable_of(row)) && !redis::has_other_job(row);
    if (!server) continue;
    if (row.pid == *pid) place = Place{.index = all.count};
    ++all.count;
  }
  if (place) place->count = all.count;
  return place;
}

/// "3600 1 300 100" with every period lengthened; nullopt when it is no list of pairs.
std::optional<std::string> lengthened(std::string_view save, const Place& place) {
  const auto words = split_blanks(save);
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto seconds = parse_integer(words[i]);
    const auto changes = parse_integer(words[i + 1]);
    if (!seconds || !changes || *seconds < 1 || *seconds > kLongest) return std::nullopt;
    out.push_back(std::to_string(*seconds + *seconds * place.index / place.count));
    out.push_back(std::to_string(*changes));
  }
  return join(out, " ");
}

/// Lengthening what was lengthened would go on without end, so the file is asked what its owner
/// wrote: a block of ours says it was done, and so do periods that come of the file's own.
bool is_staggered(const PlanInput& input, const Place& place, const std::string& save) {
  const auto pid = input.facts.integer("instance.pid");
  const auto file = input.facts.text("redis.config_file");
  if (!pid || !file || file->empty()) return false;
  const auto path = redis::path_of_process(input.root, *pid, *file);
  if (!path) return false;
  auto text = redis::read_confined(input.root, redis::confine(*path), kMaxConfiguration);
  if (!text) return false;
  const bool has_block = ("\n" + *text).find("\n" + redis::begin_mark("save")) != std::string::npos;
  const auto own = redis::directive_value(*text, "save");
  redis::wipe(*text);
  if (has_block) return true;
  return own && *own && *own != save && lengthened(**own, place) == save;
}

ProbeResult probe(const PlanInput& input) {
  const auto save = input.facts.text(kFact);
  if (!save) return no_answer(input.facts, kFact);
  if (save->empty()) {
    return {Applicability::not_applicable,
            "the server has no save points: who starts its saves has "
            "to start them one after the other"};
  }
  const auto place = place_of(input);
  if (!place) return {Applicability::unknown, "the other servers of this host cannot be seen"};
  if (place->count < 2) {
    return {Applicability::not_applicable, "it is the only server of this host"};
  }
  if (place->index == 0) {
    return {Applicability::already_good,
            "it is the first of " + format_count(place->count) +
                " servers of this host and keeps its periods; the others wait longer"};
  }
  if (is_staggered(input, *place, *save)) {
    return {Applicability::already_good, "its periods are staggered already"};
  }
  const auto others = input.facts.integer("instance.other_save_children");
  const bool blamed = input.cause != nullptr && input.cause->id == kCauses.front();
  if (!blamed && others.value_or(0) == 0) {
    return {Applicability::already_good, "no other server of this host saves at this moment"};
  }
  return {Applicability::applicable,
          format_count(place->count) + " servers of this host save by periods of their own"};
}

PlanResult plan(const PlanInput& input) {
  const FactSet& facts = input.facts;
  const ProbeResult probed = probe(input);
  if (probed.answer != Applicability::applicable) return Refusal{probed.because};
  const auto address = server_address(facts);
  if (const auto* refusal = std::get_if<Refusal>(&address)) return *refusal;
  const auto place = place_of(input);
  const std::string save = facts.text(kFact).value_or("");
  const auto after = place ? lengthened(save, *place) : std::nullopt;
  if (!after) return Refusal{"its save points are not of a form that is known: " + printable(save)};
  if (*after == save) return Refusal{"its periods are too short to differ from the others'"};
  Proposal proposal;
  proposal.predicted = "the server saves by \"" + *after + "\" instead of \"" + save +
                       "\", and drifts away from the other " + format_count(place->count - 1) +
                       " of this host";
  proposal.steps.push_back(config_step(facts, std::get<ServerAddress>(address),
                                       {.remedy = "serialize-saves",
                                        .parameter = "save",
                                        .value = *after,
                                        .why = "periods of different length drift apart"}));
  append(proposal, keep_in_config_file(input, proposal.steps));
  proposal.notes.emplace_back(
      "two saves at once stay possible; to rule them out set save \"\" on all and let one timer "
      "run "
      "BGSAVE on each in turn");
  return proposal;
}

}  // namespace

extern constexpr RemediationSpec kSerializeSaves = {
    .id = "serialize-saves",
    .summary = "make the servers of a host save at different times",
    .symptom =
        "several servers of one host have a save's child at the same time, at the same minutes "
        "again and again; memory or the disk gets short just then",
    .changes =
        "CONFIG SET save on every server but the first of the host: the i-th of n waits i/n "
        "longer; "
        "the same in its configuration file",
    .risk_note =
        "the period between two saves, and with it what a crash can lose, grows by less than half "
        "on average and never to twice as much",
    .undo_by_hand = "CONFIG SET save with the old periods",
    .scope = Scope::host,
    .risk = Risk::safe,
    .causes = kCauses,
    .parameters = {},
    .probe = probe,
    .plan = plan,
};

}  // namespace forkmend::remediations
