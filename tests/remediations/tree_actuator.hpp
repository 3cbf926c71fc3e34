// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "engine/actuator.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// Where a change breaks: before anything is written, or after it was.
enum class Break { never, before_write, after_write };

/// Changes a host tree as the executor changes a host. change() can be told to fail.
class TreeActuator : public engine::Actuator {
 public:
  explicit TreeActuator(const HostTree& tree) : tree_(&tree) {}

  /// The next change() breaks like this, those after it do not.
  void break_next(Break how) { break_ = how; }

  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> read(
      remediations::Target target) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> change(engine::ChangeRequest request) override;

 private:
  const HostTree* tree_;
  Break break_ = Break::never;
};

}  // namespace forkmend::testing
