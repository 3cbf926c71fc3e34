// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/false_alarm.hpp"

namespace forkmend::diagnosis {

std::optional<Cause> find_false_alarm(const ServerState& server, const LogStory& story) {
  const auto& killed = story.called_off;
  if (!killed) return std::nullopt;
  const bool rewrite = killed->kind == FailureKind::aof_rewrite;
  const auto& counted = rewrite ? server.rewrite_ok : server.save_ok;
  if (counted == false) return std::nullopt;
  Cause cause;
  cause.id = "false-alarm";
  cause.confidence = counted ? Confidence::likely : Confidence::possible;
  cause.evidence.push_back({killed->source, killed->text, false});
  if (counted) {
    cause.evidence.push_back(
        {"INFO persistence",
         std::string(rewrite ? "aof_last_bgrewrite_status" : "rdb_last_bgsave_status") +
             ":ok, so the server called its child off by itself and counts no failure.",
         false});
  }
  return cause;
}

}  // namespace forkmend::diagnosis
