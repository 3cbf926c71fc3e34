// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/control_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "agent/daemon/sample_status.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::daemon {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

class ControlSocketAt : public ::testing::Test {
 protected:
  ControlSocketAt() { chmod(dir_.path().c_str(), 0755); }
  [[nodiscard]] std::string path() const { return (dir_.path() / "control.sock").string(); }

  void open() {
    ControlHooks hooks;
    hooks.status = [] { return testing::sample_status(); };
    hooks.reload = [this] {
      ++reloads_;
      return ControlReply{.code = ControlCode::rejected, .says = {"a:1:1: wrong"}, .status = {}};
    };
    hooks.notice = [this](const std::string& says) {
      noticed_ = says;
      return ControlReply{};
    };
    auto server = ControlServer::open(io_.get_executor(), path(), 0600, std::move(hooks));
    ASSERT_TRUE(server) << server.error().message;
    server_ = *server;
    server_->start();
  }
  [[nodiscard]] stream_protocol::socket connect() {
    stream_protocol::socket client(io_);
    client.connect(stream_protocol::endpoint(path()));
    client.non_blocking(true);
    return client;
  }
  /// Runs the loop until a whole line is there, or the server has closed: "".
  std::string read_line(stream_protocol::socket& client) {
    std::string line;
    while (!line.ends_with('\n')) {
      char letter = 0;
      boost::system::error_code failure;
      if (client.read_some(asio::buffer(&letter, 1), failure) == 1) {
        line += letter;
      } else if (failure == asio::error::would_block) {
        io_.run_one();
      } else {
        return "";
      }
    }
    return line;
  }
  std::string ask(stream_protocol::socket& client, const std::string& text) {
    asio::write(client, asio::buffer(text));
    return read_line(client);
  }
  ControlReply reply_to(const std::string& text) {
    auto client = connect();
    const std::string line = ask(client, text);
    const auto reply = parse_reply(line);
    EXPECT_TRUE(reply) << line;
    return reply ? *reply : ControlReply{};
  }
  void TearDown() override {
    if (server_) server_->stop();
    server_.reset();
    io_.restart();
    io_.run();
  }

  testing::TempDir dir_;
  asio::io_context io_;
  std::shared_ptr<ControlServer> server_;
  int reloads_ = 0;
  std::string noticed_;
};

TEST_F(ControlSocketAt, AnswersWithTheStatus) {
  open();
  const auto reply = reply_to(to_line(ControlRequest{}));
  EXPECT_EQ(reply.code, ControlCode::ok);
  EXPECT_EQ(reply.status, testing::sample_status());
}

TEST_F(ControlSocketAt, CarriesOutWhatRootOrItsOwnUserAsks) {
  open();
  const auto reply = reply_to(to_line(ControlRequest{ControlCommand::reload, {}}));
  EXPECT_EQ(reloads_, 1);
  EXPECT_EQ(reply.code, ControlCode::rejected);
  EXPECT_EQ(reply.says, std::vector<std::string>{"a:1:1: wrong"});
  static_cast<void>(reply_to(to_line(ControlRequest{ControlCommand::notice, "Paused."})));
  EXPECT_EQ(noticed_, "Paused.");
}

TEST(ControlRights, AreThoseOfRootAndOfTheAgentsUser) {
  EXPECT_TRUE(may_change(0, 0));
  EXPECT_TRUE(may_change(0, 990));
  EXPECT_TRUE(may_change(990, 990));
  EXPECT_FALSE(may_change(1000, 0));
  EXPECT_FALSE(may_change(1000, 990));
}

TEST_F(ControlSocketAt, AnswersSeveralRequestsOnOneConnection) {
  open();
  auto client = connect();
  const std::string both = to_line(ControlRequest{}) + "nonsense\n" + to_line(ControlRequest{});
  EXPECT_EQ(parse_reply(ask(client, both))->code, ControlCode::ok);
  EXPECT_EQ(parse_reply(read_line(client))->code, ControlCode::invalid);
  EXPECT_EQ(parse_reply(read_line(client))->code, ControlCode::ok);
}

TEST_F(ControlSocketAt, EndsAConnectionWithoutLineEnds) {
  open();
  auto client = connect();
  const auto reply = parse_reply(ask(client, std::string(kMaxControlRequest + 1, 'x')));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, ControlCode::invalid);
  EXPECT_EQ(reply->says, std::vector<std::string>{"the line is too long"});
  EXPECT_EQ(read_line(client), "");
}

TEST_F(ControlSocketAt, SendsTheSeventeenthClientAway) {
  open();
  std::vector<stream_protocol::socket> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(connect());
    EXPECT_EQ(parse_reply(ask(clients.back(), to_line(ControlRequest{})))->code, ControlCode::ok);
  }
  auto another = connect();
  EXPECT_EQ(parse_reply(read_line(another))->code, ControlCode::busy);
  EXPECT_EQ(read_line(another), "");
  clients.pop_back();
  // The loop has to see that one has gone before there is room.
  while (io_.poll_one() > 0) {
  }
  EXPECT_EQ(reply_to(to_line(ControlRequest{})).code, ControlCode::ok);
}

TEST_F(ControlSocketAt, IsForItsOwnerAloneAndGoesWithTheAgent) {
  open();
  struct stat status{};
  ASSERT_EQ(lstat(path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  TearDown();
  EXPECT_NE(lstat(path().c_str(), &status), 0);
}

TEST_F(ControlSocketAt, IsNotTakenFromAnAgentThatAnswers) {
  open();
  const auto second = ControlSocket::listen(path(), 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_EQ(second.error().message, "an agent answers on " + path() + " already");
}

TEST_F(ControlSocketAt, TakesThePlaceOfADeadAgents) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path().data(), path().size());
  {
    const Descriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  open();
  EXPECT_EQ(reply_to(to_line(ControlRequest{})).code, ControlCode::ok);
}

TEST_F(ControlSocketAt, LeavesWhatIsNoSocketAlone) {
  testing::write_tree(dir_.path(), {{"/control.sock", "precious"}});
  const auto socket = ControlSocket::listen(path(), 0600);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::invalid);
  struct stat status{};
  ASSERT_EQ(lstat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 8);
}

TEST_F(ControlSocketAt, MakesItsDirectory) {
  const std::string inside = (dir_.path() / "run" / "control.sock").string();
  const auto socket = ControlSocket::listen(inside, 0660);
  ASSERT_TRUE(socket) << socket.error().message;
  struct stat status{};
  ASSERT_EQ(lstat((dir_.path() / "run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U & 022U, 0U);
  EXPECT_EQ(ControlSocket::listen("/nonexistent/a/control.sock", 0600).error().code,
            Errc::not_found);
}

TEST_F(ControlSocketAt, IsRefusedWhereOthersCanWrite) {
  ASSERT_EQ(chmod(dir_.path().c_str(), 0777), 0);
  const auto socket = ControlSocket::listen(path(), 0600);
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::permission_denied);
  EXPECT_NE(socket.error().message.find("can be written by others; run: chmod go-w"),
            std::string::npos);
}

TEST_F(ControlSocketAt, NeedsAPathThatFits) {
  EXPECT_EQ(ControlSocket::listen("/" + std::string(120, 'x'), 0600).error().code, Errc::invalid);
  EXPECT_EQ(ControlSocket::listen("", 0600).error().code, Errc::invalid);
}

}  // namespace
}  // namespace forkmend::daemon
