// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/credentials.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "support/temp_dir.hpp"

namespace forkmend::redis {
namespace {

using forkmend::testing::TempDir;
using forkmend::testing::write_tree;

class PasswordFile : public ::testing::Test {
 protected:
  Result<Credentials> read(const std::string& content, mode_t mode) {
    write_tree(dir_.path(), {{"secret", content}});
    chmod(path().c_str(), mode);
    return credentials_from_file(path());
  }
  std::string path() { return (dir_.path() / "secret").string(); }

  TempDir dir_;
};

TEST_F(PasswordFile, HasThePasswordInItsFirstLine) {
  EXPECT_EQ(read("hunter2\nnot this\n", 0600).value().password, "hunter2");
  EXPECT_EQ(read("hunter2", 0400).value().password, "hunter2");
  EXPECT_EQ(read("hunter2\r\n", 0640).value().password, "hunter2");
}

TEST_F(PasswordFile, KeepsBlanks) {
  EXPECT_EQ(read(" hunter 2 \n", 0600).value().password, " hunter 2 ");
}

TEST_F(PasswordFile, MustBeClosedToOthers) {
  const auto refused = read("hunter2\n", 0604);
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_EQ(refused.error().message,
            path() + " is open to every user of this host; run: chmod 600 " + path());
  EXPECT_EQ(read("hunter2\n", 0602).error().code, Errc::invalid);
}

TEST_F(PasswordFile, MustHoldAPassword) {
  EXPECT_EQ(read("", 0600).error().code, Errc::invalid);
  EXPECT_EQ(read("\nhunter2\n", 0600).error().code, Errc::invalid);
  EXPECT_EQ(read(std::string(100000, 'x'), 0600).error().code, Errc::too_large);
}

TEST_F(PasswordFile, MustBeARegularFile) {
  EXPECT_EQ(credentials_from_file(dir_.path().string()).error().code, Errc::invalid);
  EXPECT_EQ(credentials_from_file(path()).error().code, Errc::not_found);
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(credentials_from_file(path()).error().code, Errc::invalid);
}

TEST(EnvironmentPassword, ComesFromRediscliAuth) {
  setenv("REDISCLI_AUTH", "hunter2", 1);
  EXPECT_EQ(credentials_from_environment()->password, "hunter2");
  EXPECT_EQ(credentials_from_environment()->username, "");
  setenv("REDISCLI_AUTH", "", 1);
  EXPECT_FALSE(credentials_from_environment().has_value());
  unsetenv("REDISCLI_AUTH");
  EXPECT_FALSE(credentials_from_environment().has_value());
}

TEST(Wipe, EmptiesTheSecret) {
  std::string secret = "hunter2";
  const char* place = secret.data();
  wipe(secret);
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(place[1], '\0');
}

/// A person at a pseudo terminal.
class Terminal : public ::testing::Test {
 protected:
  Terminal() : person_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    grantpt(person_);
    unlockpt(person_);
    std::array<char, 64> name{};
    ptsname_r(person_, name.data(), name.size());
    name_ = name.data();
    program_ = open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }

 public:
  ~Terminal() override {
    close(program_);
    close(person_);
  }

 protected:
  bool echoes() const {
    termios state{};
    tcgetattr(program_, &state);
    return (state.c_lflag & static_cast<tcflag_t>(ECHO)) != 0;
  }

  std::string screen() const {
    std::array<char, 256> shown{};
    const ssize_t size = ::read(person_, shown.data(), shown.size());
    return {shown.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  /// The keys are typed once the question is on the screen.
  Result<Credentials> ask(const std::string& keys) {
    std::thread typist([this, &keys] {
      question_ = screen();
      echoed_ = echoes();
      typed_ = write(person_, keys.data(), keys.size());
    });
    auto answer = ask_password("Password: ", name_);
    typist.join();
    return answer;
  }

  int person_;
  int program_ = -1;
  std::string name_;
  std::string question_;
  bool echoed_ = true;
  ssize_t typed_ = 0;
};

TEST_F(Terminal, AsksWithoutEcho) {
  EXPECT_EQ(ask("hunter2\n").value().password, "hunter2");
  EXPECT_EQ(question_, "Password: ");
  EXPECT_FALSE(echoed_);
  EXPECT_EQ(screen().find("hunter2"), std::string::npos);
  EXPECT_TRUE(echoes());
}

TEST_F(Terminal, TakesCorrections) {
  EXPECT_EQ(ask("hunterr\x7f\b2\r").value().password, "hunte2");
  EXPECT_EQ(ask("wrong\x15right\n").value().password, "right");
}

TEST_F(Terminal, EchoesAgainAfterControlC) {
  EXPECT_EQ(ask("hun\x03").error().code, Errc::cancelled);
  EXPECT_TRUE(echoes());
}

TEST_F(Terminal, RefusesAnEmptyPassword) {
  EXPECT_EQ(ask("\n").error().code, Errc::invalid);
}

TEST_F(Terminal, MustBeATerminal) {
  const TempDir dir;
  write_tree(dir.path(), {{"file", ""}});
  EXPECT_FALSE(ask_password("Password: ", (dir.path() / "file").string()));
  EXPECT_EQ(ask_password("Password: ", (dir.path() / "none").string()).error().code,
            Errc::not_found);
}

}  // namespace
}  // namespace forkmend::redis
