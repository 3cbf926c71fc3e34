// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace forkmend::redis {

struct Nil {
  bool operator==(const Nil&) const = default;
};

/// An error reply: "-NOPERM this user ..." has code "NOPERM". "-ERR" alone has an empty text.
struct ServerError {
  std::string code;
  std::string text;
  bool operator==(const ServerError&) const = default;
};

struct Status {
  std::string text;
  bool operator==(const Status&) const = default;
};

struct Reply;
using Array = std::vector<Reply>;

/// One RESP2 value.
struct Reply {
  std::variant<Nil, Status, ServerError, std::int64_t, std::string, Array> value;

  [[nodiscard]] const ServerError* error() const { return std::get_if<ServerError>(&value); }
};

/// An error reply as an Error: Errc::permission_denied with what to do about it for NOAUTH,
/// WRONGPASS, NOPERM and DENIED (protected mode), else Errc::server_error. Control characters of
/// the server are made printable.
[[nodiscard]] Error to_error(const ServerError& error);

/// The bulk or status text; to_error() for an error reply, Errc::protocol for another type.
[[nodiscard]] Result<std::string> as_text(const Reply& reply);
[[nodiscard]] Result<std::int64_t> as_integer(const Reply& reply);
/// The name/value pairs of CONFIG GET.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> as_pairs(const Reply& reply);

}  // namespace forkmend::redis
