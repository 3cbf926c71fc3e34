// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/dry_run_actuator.hpp"

#include <ranges>
#include <utility>

#include "base/text.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

asio::awaitable<Result<std::optional<std::string>>> DryRunActuator::read(
    remediations::Target target) {
  for (const ChangeRequest& request : std::views::reverse(requests_)) {
    if (request.target == target) co_return request.value;
  }
  co_return co_await reader_->read(std::move(target));
}

asio::awaitable<Result<void>> DryRunActuator::change(ChangeRequest request) {
  const auto live = co_await read(request.target);
  if (!live) co_return live.error();
  if (*live != request.expected) {
    co_return Error{Errc::changed, printable(to_string(request.target)) +
                                       " is not as expected: nothing would be written"};
  }
  requests_.push_back(std::move(request));
  co_return ok();
}

asio::awaitable<std::uint64_t> DryRunActuator::holder(remediations::Target target) {
  return reader_->holder(std::move(target));
}

}  // namespace forkmend::engine
