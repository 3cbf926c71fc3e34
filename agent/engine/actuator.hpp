// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "remediations/step.hpp"

namespace forkmend::engine {

/// A request to change one thing, as plain data: only if the live value is `expected`.
struct ChangeRequest {
  remediations::Target target;
  std::optional<std::string> expected;
  std::optional<std::string> value;
};

/// THE interface through which anything is changed: compare, write, read back. Values are in the
/// forms of remediations::StepType. Later this can be a client of a privileged process.
class Actuator {
 public:
  Actuator() = default;
  Actuator(const Actuator&) = delete;
  Actuator& operator=(const Actuator&) = delete;
  virtual ~Actuator() = default;

  /// The live value now; nullopt when the target is absent.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::optional<std::string>>> read(
      remediations::Target target) = 0;

  /// Errors: Errc::changed when the live value is not `expected` (nothing written) or when the
  /// value read back is not `value` (message says so); else what the write met.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> change(ChangeRequest request) = 0;
};

}  // namespace forkmend::engine
