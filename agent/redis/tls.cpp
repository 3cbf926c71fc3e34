// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/tls.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <utility>

namespace forkmend::redis {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

/// Where distributions keep the authorities, for a static program whose OpenSSL was built for
/// another one: Debian, Fedora and RHEL, SUSE, Alpine.
constexpr std::array<const char*, 4> kBundles = {"/etc/ssl/certs/ca-certificates.crt",
                                                 "/etc/pki/tls/certs/ca-bundle.crt",
                                                 "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

/// OpenSSL names neither the file nor the reason when it cannot open one.
Result<void> check_readable(const char* option, const std::string& path) {
  if (access(path.c_str(), R_OK) == 0) return ok();
  return errno_error(errno, std::string("TLS ") + option + " " + path);
}

Result<void> check(const error_code& failure, const char* option, const std::string& path) {
  if (!failure) return ok();
  return Error{Errc::invalid, std::string("TLS ") + option + " " + path + ": " + failure.message()};
}

Result<void> load_system_authorities(ssl::context& context) {
  error_code ignored;
  context.set_default_verify_paths(ignored);  // honours SSL_CERT_FILE and SSL_CERT_DIR
  if (access(X509_get_default_cert_file(), R_OK) == 0) return ok();
  for (const char* bundle : kBundles) {
    if (access(bundle, R_OK) != 0) continue;
    context.load_verify_file(bundle, ignored);
    break;
  }
  return ok();
}

Result<void> load_authorities(ssl::context& context, const TlsOptions& options) {
  if (options.ca_file.empty() && options.ca_dir.empty()) return load_system_authorities(context);
  error_code failure;
  if (!options.ca_file.empty()) {
    if (auto readable = check_readable("ca_file", options.ca_file); !readable) return readable;
    context.load_verify_file(options.ca_file, failure);
    if (auto loaded = check(failure, "ca_file", options.ca_file); !loaded) return loaded;
  }
  if (options.ca_dir.empty()) return ok();
  if (auto readable = check_readable("ca_dir", options.ca_dir); !readable) return readable;
  context.add_verify_path(options.ca_dir, failure);
  return check(failure, "ca_dir", options.ca_dir);
}

Result<void> load_own_certificate(ssl::context& context, const TlsOptions& options) {
  if (options.cert_file.empty() && options.key_file.empty()) return ok();
  if (options.cert_file.empty() || options.key_file.empty()) {
    return Error{Errc::invalid, "TLS cert_file and key_file: expected both or none"};
  }
  if (auto readable = check_readable("cert_file", options.cert_file); !readable) return readable;
  if (auto readable = check_readable("key_file", options.key_file); !readable) return readable;
  error_code failure;
  context.use_certificate_chain_file(options.cert_file, failure);
  if (auto loaded = check(failure, "cert_file", options.cert_file); !loaded) return loaded;
  // Without this OpenSSL would ask the terminal for the pass phrase of an encrypted key.
  context.set_password_callback(
      [](std::size_t, ssl::context::password_purpose) { return std::string(); }, failure);
  context.use_private_key_file(options.key_file, ssl::context::pem, failure);
  if (auto loaded = check(failure, "key_file", options.key_file); !loaded) return loaded;
  if (SSL_CTX_check_private_key(context.native_handle()) == 1) return ok();
  return Error{Errc::invalid, "TLS key_file " + options.key_file + " is not the key of cert_file"};
}

bool asks_for_our_certificate(int reason) {
  switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return true;
    default:
      return false;
  }
}

Error explain_reason(int reason, const error_code& failure) {
  if (asks_for_our_certificate(reason)) {
    return Error{Errc::permission_denied, "the server refuses our TLS certificate or wants one (" +
                                              failure.message() + "); see cert_file and key_file"};
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
      reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return Error{Errc::protocol, "the server does not speak TLS on this port; use redis://"};
  }
  return Error{Errc::protocol, "TLS: " + failure.message()};
}

}  // namespace

Result<std::unique_ptr<ssl::context>> make_tls_context(const TlsOptions& options) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  SSL_CTX* raw = context->native_handle();
  if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1) {
    return Error{Errc::unsupported, "this OpenSSL cannot do TLS 1.2"};
  }
  SSL_CTX_set_verify(raw, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (options.verify) {
    if (auto loaded = load_authorities(*context, options); !loaded) return loaded.error();
  }
  if (auto loaded = load_own_certificate(*context, options); !loaded) return loaded.error();
  return context;
}

Result<void> expect_server(SSL* ssl, const TlsOptions& options, const std::string& host) {
  const std::string& name = options.server_name.empty() ? host : options.server_name;
  error_code no_address;
  boost::asio::ip::make_address(name, no_address);
  const bool is_name = static_cast<bool>(no_address);
  Error refused{Errc::invalid, "TLS server_name: expected a name or an address"};
  if (is_name && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) return refused;
  if (!options.verify) return ok();
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = is_name ? X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size())
                          : X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
  if (set != 1) return refused;
  return ok();
}

Error explain_tls(const error_code& failure, SSL* ssl) {
  const long verdict = SSL_get_verify_result(ssl);
  if (failure.category() == boost::asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(failure.value()));
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK) {
      return Error{Errc::permission_denied,
                   std::string("the server's TLS certificate is refused: ") +
                       X509_verify_cert_error_string(verdict)};
    }
    return explain_reason(reason, failure);
  }
  return Error{Errc::closed, "the server closed the TLS connection"};
}

}  // namespace forkmend::redis
