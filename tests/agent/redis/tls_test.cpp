// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>

#include <utility>

#include "agent/redis/loop.hpp"
#include "redis/connection.hpp"
#include "support/certificates.hpp"
#include "support/scripted_peer.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::after_greeting;
using forkmend::testing::certificate_pem;
using forkmend::testing::CertificateSpec;
using forkmend::testing::hear;
using forkmend::testing::Identity;
using forkmend::testing::key_pem;
using forkmend::testing::kShort;
using forkmend::testing::Loop;
using forkmend::testing::make_authority;
using forkmend::testing::make_certificate;
using forkmend::testing::make_server_context;
using forkmend::testing::options_for;
using forkmend::testing::say;
using forkmend::testing::ScriptedPeer;
using forkmend::testing::stay_silent;
using forkmend::testing::TempDir;
using forkmend::testing::write_tree;

class Tls : public ::testing::Test {
 protected:
  Tls() { write_tree(dir_.path(), {{"ca.pem", certificate_pem(authority_)}}); }

  /// A server with a certificate of our authority; it may want one of the clients.
  ScriptedPeer serve(const CertificateSpec& spec, const Identity* client_authority = nullptr) {
    return ScriptedPeer(after_greeting({hear(), say("+hello\r\n")}), ScriptedPeer::Kind::tcp,
                        make_server_context(make_certificate(authority_, spec), client_authority));
  }

  ConnectionOptions options(const ScriptedPeer& peer) {
    ConnectionOptions options = options_for(peer.url());
    options.tls = TlsOptions();
    options.tls->ca_file = file("ca.pem");
    return options;
  }

  std::string file(const std::string& name) { return (dir_.path() / name).string(); }

  void write_identity(const Identity& identity, const std::string& name) {
    write_tree(dir_.path(),
               {{name + ".crt", certificate_pem(identity)}, {name + ".key", key_pem(identity)}});
  }

  Error refusal(ConnectionOptions options) {
    const auto connection = loop_.connect(std::move(options));
    return connection ? Error{Errc::io, "it was accepted"} : connection.error();
  }

  Identity authority_ = make_authority("forkmend test CA");
  TempDir dir_;
  Loop loop_;
};

const CertificateSpec good_certificate{.alternative_names = "DNS:redis.test,IP:127.0.0.1"};

TEST_F(Tls, TalksToAServerWhoseAddressIsInItsCertificate) {
  const ScriptedPeer peer = serve(good_certificate);
  auto connection = loop_.connect(options(peer));
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(as_text(loop_.run((*connection)->call({"PING"})).value()).value(), "hello");
}

TEST_F(Tls, ChecksTheNameThatIsConfigured) {
  const ScriptedPeer peer = serve({.alternative_names = "DNS:redis.test"});
  auto named = options(peer);
  named.tls->server_name = "redis.test";
  EXPECT_TRUE(loop_.connect(named));
  named.tls->server_name = "other.test";
  const Error error = refusal(named);
  EXPECT_EQ(error.code, Errc::permission_denied);
  EXPECT_NE(error.message.find("certificate is refused: hostname mismatch"), std::string::npos)
      << error.message;
}

TEST_F(Tls, RefusesACertificateForAnotherAddress) {
  const ScriptedPeer peer = serve({.alternative_names = "IP:127.0.0.2"});
  const Error error = refusal(options(peer));
  EXPECT_EQ(error.code, Errc::permission_denied);
  EXPECT_NE(error.message.find("IP address mismatch"), std::string::npos) << error.message;
}

TEST_F(Tls, RefusesAnExpiredCertificate) {
  const ScriptedPeer peer = serve({.alternative_names = "IP:127.0.0.1", .days = -1});
  const Error error = refusal(options(peer));
  EXPECT_EQ(error.code, Errc::permission_denied);
  EXPECT_NE(error.message.find("certificate has expired"), std::string::npos) << error.message;
}

TEST_F(Tls, RefusesAnUnknownAuthority) {
  const ScriptedPeer peer = serve(good_certificate);
  write_tree(dir_.path(), {{"other.pem", certificate_pem(make_authority("another CA"))}});
  auto other = options(peer);
  other.tls->ca_file = file("other.pem");
  EXPECT_EQ(refusal(other).code, Errc::permission_denied);
}

TEST_F(Tls, ChecksNothingOnlyWhenToldSo) {
  const ScriptedPeer peer = serve({.days = -1});
  auto careless = options(peer);
  careless.tls->verify = false;
  careless.tls->ca_file.clear();
  EXPECT_TRUE(loop_.connect(careless));
}

TEST_F(Tls, ShowsOurCertificateToAServerThatWantsOne) {
  const ScriptedPeer peer = serve(good_certificate, &authority_);
  write_identity(make_certificate(authority_, {.common_name = "forkmend"}), "client");
  auto with_certificate = options(peer);
  with_certificate.tls->cert_file = file("client.crt");
  with_certificate.tls->key_file = file("client.key");
  const auto connection = loop_.connect(with_certificate);
  EXPECT_TRUE(connection) << connection.error().message;
}

TEST_F(Tls, SaysThatAServerWantsOurCertificate) {
  const ScriptedPeer peer = serve(good_certificate, &authority_);
  const Error error = refusal(options(peer));
  EXPECT_EQ(error.code, Errc::permission_denied);
  EXPECT_NE(error.message.find("cert_file and key_file"), std::string::npos) << error.message;
}

TEST_F(Tls, SaysThatAServerRefusesOurCertificate) {
  const ScriptedPeer peer = serve(good_certificate, &authority_);
  write_identity(make_certificate(make_authority("another CA"), {}), "client");
  auto with_certificate = options(peer);
  with_certificate.tls->cert_file = file("client.crt");
  with_certificate.tls->key_file = file("client.key");
  EXPECT_EQ(refusal(with_certificate).code, Errc::permission_denied);
}

TEST_F(Tls, RefusesTlsOlderThanTwelve) {
  auto context = make_server_context(make_certificate(authority_, good_certificate), nullptr);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  const ScriptedPeer peer(after_greeting({}), ScriptedPeer::Kind::tcp, std::move(context));
  EXPECT_EQ(refusal(options(peer)).code, Errc::protocol);
}

TEST_F(Tls, SaysThatThePortSpeaksNoTls) {
  const ScriptedPeer plain({say("-ERR Protocol error\r\n")});
  auto wrong = options(plain);
  wrong.endpoint.transport = Transport::tls;
  const Error error = refusal(wrong);
  EXPECT_EQ(error.code, Errc::protocol);
  EXPECT_NE(error.message.find("use redis://"), std::string::npos) << error.message;
}

TEST_F(Tls, ASilentHandshakeEndsAtTheDeadline) {
  const ScriptedPeer mute({stay_silent()});
  auto waiting = options(mute);
  waiting.endpoint.transport = Transport::tls;
  waiting.deadline = kShort;
  EXPECT_EQ(refusal(waiting).code, Errc::timeout);
}

TEST_F(Tls, NamesTheOptionThatIsWrong) {
  const ScriptedPeer peer = serve(good_certificate);
  auto wrong = options(peer);
  wrong.tls->ca_file = file("none.pem");
  EXPECT_EQ(refusal(wrong).code, Errc::not_found);
  EXPECT_NE(refusal(wrong).message.find("TLS ca_file " + file("none.pem")), std::string::npos);

  wrong = options(peer);
  wrong.tls->cert_file = file("ca.pem");
  EXPECT_NE(refusal(wrong).message.find("cert_file and key_file: expected both or none"),
            std::string::npos);

  write_identity(make_certificate(authority_, {}), "client");
  wrong.tls->key_file = file("client.key");
  EXPECT_EQ(refusal(wrong).code, Errc::invalid);
  wrong.tls->key_file = file("ca.pem");
  EXPECT_NE(refusal(wrong).message.find("TLS key_file " + file("ca.pem")), std::string::npos);
}

}  // namespace
}  // namespace forkmend::redis
