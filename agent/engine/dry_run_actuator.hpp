// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/actuator.hpp"

namespace forkmend::engine {

/// Reads what is real, remembers what would be written: later reads give the new value.
class DryRunActuator : public Actuator {
 public:
  /// The reader is only read from and must outlive this.
  explicit DryRunActuator(Actuator* reader) : reader_(reader) {}

  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> read(
      remediations::Target target) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> change(ChangeRequest request) override;
  [[nodiscard]] boost::asio::awaitable<std::uint64_t> holder(remediations::Target target) override;

  /// Every change that was asked for and would have been tried, in order.
  [[nodiscard]] const std::vector<ChangeRequest>& requests() const { return requests_; }

 private:
  Actuator* reader_;
  std::vector<ChangeRequest> requests_;
};

}  // namespace forkmend::engine
