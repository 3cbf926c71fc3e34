// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/result.hpp"
#include "notify/url.hpp"

namespace forkmend::notify {

struct HttpReply {
  unsigned status = 0;
  std::string body;  ///< at most kMaxReplyBody bytes of it
};

inline constexpr std::size_t kMaxReplyBody = 4096;

/// POSTs a JSON text over a connection of its own. Follows no redirect. Knows no deadline: the
/// caller puts it within() one. Errors: not_found (no such host, refused), closed, protocol (no
/// HTTP, or no TLS), permission_denied (a certificate), io.
[[nodiscard]] boost::asio::awaitable<Result<HttpReply>> http_post(HttpUrl url, std::string ca_file,
                                                                  std::string body);

}  // namespace forkmend::notify
