// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace forkmend::redis {

/// TLS 1.2 or newer with the given or the system's certificate authorities and, where given, our
/// own certificate. Errors: not_found, permission_denied, invalid; each names the option.
[[nodiscard]] Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(
    const TlsOptions& options);

/// SNI (names only, RFC 6066) and the name or address the certificate must be for.
[[nodiscard]] Result<void> expect_server(SSL* ssl, const TlsOptions& options,
                                         const std::string& host);

/// Why a TLS stream failed, in words. A refused certificate, theirs or ours, is
/// Errc::permission_denied; a peer that does not speak TLS is Errc::protocol.
[[nodiscard]] Error explain_tls(const boost::system::error_code& failure, SSL* ssl);

}  // namespace forkmend::redis
