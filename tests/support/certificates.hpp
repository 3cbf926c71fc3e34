// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace forkmend::testing {

struct FreeOpenSsl {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, FreeOpenSsl>;

struct Identity {
  OpenSslPtr<X509> certificate;
  OpenSslPtr<EVP_PKEY> key;
};

/// Valid from a day ago for so many days; a negative number makes one that has expired.
struct CertificateSpec {
  std::string common_name = "test";
  std::string alternative_names;  ///< "DNS:redis.test,IP:127.0.0.1"; empty: none
  int days = 1;
};

/// A certificate authority, and certificates signed by one.
[[nodiscard]] Identity make_authority(const std::string& common_name);
[[nodiscard]] Identity make_certificate(const Identity& authority, const CertificateSpec& spec);

[[nodiscard]] std::string certificate_pem(const Identity& identity);
[[nodiscard]] std::string key_pem(const Identity& identity);

/// Server side: shows that identity and, with an authority given, wants a client certificate of it.
[[nodiscard]] OpenSslPtr<SSL_CTX> make_server_context(const Identity& identity,
                                                      const Identity* client_authority);

}  // namespace forkmend::testing
