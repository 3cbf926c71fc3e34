// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::notify {

/// Where an HTTP request goes.
struct HttpUrl {
  redis::Endpoint endpoint;  ///< tcp or tls
  std::string authority;     ///< of the Host header
  std::string target;        ///< path and query, at least "/"
};

/// http:// or https:// with a host. Errors: invalid, naming what was expected. User and password in
/// a URL are refused.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace forkmend::notify
