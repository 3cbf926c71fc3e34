// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/credentials.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "support/temp_dir.hpp"

namespace forkmend::settings {
namespace {

class InstanceCredentials : public ::testing::Test {
 protected:
  InstanceCredentials() {
    instance_.endpoint = {redis::Transport::tls, "127.0.0.1", 6380};
    instance_.username = "forkmend";
    instance_.ca_file = "/etc/ssl/redis-ca.pem";
    testing::write_tree(dir_.path(), {{"/secret", "hunter2\nnot this\n"}, {"/empty", "\n"}});
    EXPECT_EQ(chmod(in("secret").c_str(), 0600), 0);
    EXPECT_EQ(chmod(in("empty").c_str(), 0600), 0);
  }
  [[nodiscard]] std::string in(const std::string& name) const {
    return (dir_.path() / name).string();
  }
  [[nodiscard]] std::string complaint(const std::string& directory = {}) const {
    const auto connection = connection_of(instance_, directory);
    return connection ? std::string() : connection.error().message;
  }

  testing::TempDir dir_;
  InstanceSettings instance_;
};

TEST_F(InstanceCredentials, ComeFromTheFirstLineOfThePasswordFile) {
  instance_.password_file = in("secret");
  const auto connection = connection_of(instance_, "");
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->credentials.password, "hunter2");
  EXPECT_EQ(connection->credentials.username, "forkmend");
  EXPECT_EQ(connection->tls->ca_file, "/etc/ssl/redis-ca.pem");
  EXPECT_EQ(to_string(connection->endpoint), "rediss://127.0.0.1:6380");
}

TEST_F(InstanceCredentials, ComeFromASystemdCredential) {
  instance_.credential = "secret";
  const auto connection = connection_of(instance_, dir_.path().string());
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->credentials.password, "hunter2");
}

TEST_F(InstanceCredentials, NeedSystemdForACredential) {
  instance_.credential = "secret";
  EXPECT_EQ(complaint(),
            "credential secret: $CREDENTIALS_DIRECTORY is not set; expected a service with "
            "LoadCredential=secret:PATH in its unit (while reading the password of "
            "rediss://127.0.0.1:6380)");
}

TEST_F(InstanceCredentials, AreNotEmpty) {
  instance_.credential = "empty";
  EXPECT_NE(complaint(dir_.path().string()).find("its first line is empty"), std::string::npos);
  instance_.credential.clear();
  instance_.password_file = in("empty");
  EXPECT_NE(complaint().find("expected the password in the first line"), std::string::npos);
}

TEST_F(InstanceCredentials, AreRefusedFromAFileThatIsOpenToEverybody) {
  instance_.password_file = in("secret");
  ASSERT_EQ(chmod(in("secret").c_str(), 0644), 0);
  EXPECT_NE(complaint().find("is open to every user of this host"), std::string::npos)
      << complaint();
  EXPECT_EQ(complaint().find("hunter2"), std::string::npos);
}

TEST_F(InstanceCredentials, AreRefusedAsRootFromAFileOfSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  instance_.password_file = in("secret");
  ASSERT_EQ(chown(in("secret").c_str(), 60123, 60123), 0);
  EXPECT_NE(complaint().find("cannot be trusted: it belongs to uid 60123; run: chown root"),
            std::string::npos)
      << complaint();
}

TEST_F(InstanceCredentials, MayBeNone) {
  instance_.username.clear();
  const auto connection = connection_of(instance_, "");
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->credentials.password, "");
}

}  // namespace
}  // namespace forkmend::settings
