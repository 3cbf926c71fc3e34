// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
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

  /// Errors: Errc::changed when the live value is not `expected`: nothing was written. Else what
  /// the write met; Errc::invalid when it was taken but reads back as something else (message says
  /// as what), after the expected value was put back. Only after Errc::changed is it certain that
  /// nothing was written.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> change(ChangeRequest request) = 0;

  /// Which one of those that may come and go by the target's name has the value now
  /// (Target::holder); 0: there is only one, or it is not known.
  [[nodiscard]] virtual boost::asio::awaitable<std::uint64_t> holder(
      remediations::Target /*target*/) {
    co_return 0;
  }
};

}  // namespace forkmend::engine
