// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace forkmend::testing {

namespace {

constexpr long kDay = 24L * 60 * 60;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

OpenSslPtr<EVP_PKEY> make_key() {
  // An elliptic curve: made in a millisecond, where an RSA key takes a hundred.
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  check(EVP_PKEY_keygen_init(context.get()) == 1 &&
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1 &&
            EVP_PKEY_keygen(context.get(), &key) == 1,
        "making a key");
  return OpenSslPtr<EVP_PKEY>(key);
}

void set_name(X509_NAME* name, const std::string& common_name) {
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "naming");
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, value.c_str());
  X509_EXTENSION_free(extension);
}

OpenSslPtr<X509> make_unsigned(const std::string& common_name, int days, EVP_PKEY* key) {
  static long serial = 0;
  OpenSslPtr<X509> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  const long begin = days < 0 ? 2L * days * kDay : -kDay;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begin);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kDay);
  X509_set_pubkey(certificate.get(), key);
  set_name(X509_get_subject_name(certificate.get()), common_name);
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
  check(X509_sign(certificate, key, EVP_sha256()) > 0, "signing");
}

template <class Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  check(write(memory.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Identity make_authority(const std::string& common_name) {
  Identity authority{nullptr, make_key()};
  authority.certificate = make_unsigned(common_name, 1, authority.key.get());
  X509* certificate = authority.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(certificate, authority.key.get());
  return authority;
}

Identity make_certificate(const Identity& authority, const CertificateSpec& spec) {
  Identity identity{nullptr, make_key()};
  identity.certificate = make_unsigned(spec.common_name, spec.days, identity.key.get());
  X509* certificate = identity.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(authority.certificate.get()));
  if (!spec.alternative_names.empty()) {
    add_extension(certificate, NID_subject_alt_name, spec.alternative_names);
  }
  sign(certificate, authority.key.get());
  return identity;
}

std::string certificate_pem(const Identity& identity) {
  return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, identity.certificate.get()); });
}

std::string key_pem(const Identity& identity) {
  return to_pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

OpenSslPtr<SSL_CTX> make_server_context(const Identity& identity,
                                        const Identity* client_authority) {
  OpenSslPtr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  check(SSL_CTX_use_certificate(context.get(), identity.certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) == 1,
        "setting the server's certificate");
  if (client_authority == nullptr) return context;
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), client_authority->certificate.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

}  // namespace forkmend::testing
