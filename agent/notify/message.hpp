// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace forkmend::notify {

/// How far an incident has come.
enum class IncidentStage {
  open,             ///< a save fails; what is done about it is about to be decided
  healed,           ///< a save was proven
  recovered,        ///< saves work again by themselves
  mitigated,        ///< not healed; what keeps the server going is in force
  not_healed,       ///< nothing healed it, everything is undone
  undo_incomplete,  ///< and something of ours is still there
  blocked,          ///< a rail, a pause or missing privilege: nothing was changed
  advice,           ///< nothing is done from here: a person reads the advice or the plan
};
[[nodiscard]] std::string_view to_string(IncidentStage stage);

/// Saves work again: whatever was told about the server before is over.
[[nodiscard]] bool is_over(IncidentStage stage);
/// Nothing more happens by itself.
[[nodiscard]] bool needs_person(IncidentStage stage);

/// What people and programs are told of one incident. Text may come from servers and logs: whoever
/// writes it into another format escapes it.
struct IncidentMessage {
  std::string id;        ///< of the incident or, before there is one, of the plan; may be empty
  std::string host;      ///< name of this host
  std::string instance;  ///< URL without password
  std::string kind;      ///< of the failure: rdb-save, aof-rewrite, replica-sync, aof-write
  std::string cause;     ///< id, or "unknown"
  IncidentStage stage = IncidentStage::open;
  std::string summary;  ///< one or a few sentences
  WallTime opened;      ///< of the incident
  WallTime at;          ///< of this stage

  bool operator==(const IncidentMessage&) const = default;
};

/// What a webhook and a command get, and what the queue holds: {"schema": 1, "id", "host",
/// "instance", "kind", "cause", "state", "summary", "opened", "at"}. Times to the millisecond; text
/// is made printable and cut at kMaxText bytes.
[[nodiscard]] boost::json::object to_json(const IncidentMessage& message);
/// Errors: parse, with the key that is missing or wrong.
[[nodiscard]] Result<IncidentMessage> message_from_json(std::string_view text);

inline constexpr std::size_t kMaxText = 4000;

}  // namespace forkmend::notify
