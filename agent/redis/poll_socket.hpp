// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace forkmend::redis {

/// The bare socket of a server that is asked the same thing again and again: INFO persistence, one
/// request at a time. It waits for nothing and keeps nothing between two requests; whoever polls
/// many servers comes by for the answers of all of them. After any error it is of no use.
class PollSocket {
 public:
  /// Bytes of an answer with its frame; a buffer to collect into has so many.
  static constexpr std::size_t kMostAnswer = std::size_t{64} << 10U;

  /// Connected, greeted, without TLS, non-blocking.
  explicit PollSocket(Descriptor socket) : socket_(std::move(socket)) {}

  /// Sends the request. Errors: closed (the server has hung up), io.
  [[nodiscard]] Result<void> ask();

  /// What the server answered, in `buffer` and for as long as that is let alone; nullopt: it is not
  /// all there yet. Errors: closed, protocol, too_large, io, and to_error() of an error reply.
  [[nodiscard]] Result<std::optional<std::string_view>> collect(std::span<char> buffer);

 private:
  Result<std::optional<std::string_view>> take(std::span<char> buffer, std::size_t size);

  Descriptor socket_;
  std::string part_;  ///< of an answer that comes in parts
};

}  // namespace forkmend::redis
