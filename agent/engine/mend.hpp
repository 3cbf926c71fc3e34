// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "engine/heal.hpp"
#include "engine/rails.hpp"
#include "policy/policy.hpp"

namespace forkmend::engine {

struct MendRequest {
  ObservedInstance instance;
  Plan plan;
  policy::Policy policy;
  std::string state_dir;
  std::vector<std::string> overrides;  ///< gates that a person passes by name
  HealOptions options;
};

enum class MendState {
  healed,
  mitigated,  ///< not healed: what keeps the server going meanwhile is in force
  not_healed,
  undo_incomplete,
  interrupted,
  blocked,        ///< a rail, the stop file or another forkmend; nothing changed
  no_privilege,   ///< every attempt needs root; nothing changed
  cannot_record,  ///< the journal cannot be written; nothing changed
};

struct MendResult {
  MendState state = MendState::blocked;
  HealOutcome outcome;               ///< when something was tried
  std::vector<std::string> because;  ///< why nothing was tried
};

/// Without root: drops the attempts whose steps need it (the reason goes to plan.refused), and the
/// persistent steps that need it (the reason goes to the attempt's notes).
[[nodiscard]] Plan within_privilege(Plan plan, std::uint32_t effective_uid);

/// Everything around heal(): privilege, rails, the host lock, the journal; then heal().
[[nodiscard]] boost::asio::awaitable<MendResult> mend(host::Root root, MendRequest request);

/// Whether a stored plan still fits what is seen now: same process, same cause, every step's
/// is the live value, and the first attempt still has the effect it was predicted to have. Returns
/// what moved; empty when nothing did.
[[nodiscard]] boost::asio::awaitable<std::vector<std::string>> what_moved(
    host::Root root, Plan stored, ObservedInstance instance);

}  // namespace forkmend::engine
