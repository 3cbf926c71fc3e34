// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "engine/observe.hpp"
#include "engine/proof_cost.hpp"
#include "engine/rdb_file.hpp"
#include "engine/save_kind.hpp"
#include "engine/save_trigger.hpp"
#include "engine/verify.hpp"

namespace forkmend::engine {

/// The state of things when the wait for a calmer moment began.
struct BeforeWait {
  FactSet facts;
  Result<SavedFile> file;
  WallTime at;
};

/// Everything of one verification; lives in the coroutine frame of verify_save().
struct VerifyRun {
  VerifyRun(host::Root at, ObservedInstance instance, VerifyOptions how,
            std::chrono::nanoseconds until);

  void add(Proof proof) { result.proofs.push_back(std::move(proof)); }
  void tell(const std::string& line) const;
  [[nodiscard]] bool holds_so_far() const;
  [[nodiscard]] const FactSet& facts() const { return before.observation.facts; }
  [[nodiscard]] Verification finish(std::chrono::nanoseconds took);

  host::Root root;
  ObservedInstance first;
  VerifyOptions options;
  ServerLink link;
  Wait wait;
  ObservedInstance before;  ///< just before the trigger
  Result<SavedFile> file_before = Error{Errc::not_found, "nobody looked"};
  SaveKind kind = SaveKind::snapshot;
  Trigger trigger;
  std::optional<ChangeReading> changes;
  std::optional<BeforeWait> waiting;  ///< for a calmer moment
  bool own_save = false;              ///< the server has saved by itself meanwhile
  Verification result;
};

/// Adds the proof "load": whether now is a good moment.
[[nodiscard]] boost::asio::awaitable<bool> is_calm(VerifyRun* run);

/// Waits for the end of the save that was triggered, and ends it where it costs too much. Adds
/// "watched" or "ended". False: there is nothing more to prove.
[[nodiscard]] boost::asio::awaitable<bool> watch_save(VerifyRun* run,
                                                      std::chrono::milliseconds deadline);

}  // namespace forkmend::engine
