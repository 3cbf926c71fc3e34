// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string>

#include "daemon/control_protocol.hpp"
#include "daemon/control_socket.hpp"

namespace forkmend::daemon {

/// What the socket lets others see and do. Called on the loop; none of them may block for long.
struct ControlHooks {
  std::function<AgentStatus()> status;
  std::function<ControlReply()> reload;
  std::function<ControlReply(const std::string& says)> notice;
};

/// Answers on the control socket: one request a line, so many as the client likes, each within a
/// deadline. Only root and the agent's own user may make it do something. At most 16 clients at a
/// time; a further one is told so and sent away.
class ControlServer : public std::enable_shared_from_this<ControlServer> {
 public:
  /// Errors: those of ControlSocket::listen.
  [[nodiscard]] static Result<std::shared_ptr<ControlServer>> open(
      const boost::asio::any_io_executor& executor, const std::string& path, mode_t mode,
      ControlHooks hooks);

  /// Starts to answer. stop() ends it; whatever is being said is cut off.
  void start();
  void stop();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  ControlServer(const boost::asio::any_io_executor& executor, ControlSocket socket,
                ControlHooks hooks);
  static boost::asio::awaitable<void> accept_all(std::shared_ptr<ControlServer> self);
  static boost::asio::awaitable<void> talk(std::shared_ptr<ControlServer> self,
                                           std::shared_ptr<Socket> client);
  void welcome(Socket client);
  [[nodiscard]] ControlReply answer(const PeerUser& peer, const std::string& line) const;
  [[nodiscard]] ControlReply carry_out(const PeerUser& peer, const ControlRequest& request) const;

  ControlSocket place_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  ControlHooks hooks_;
  std::vector<std::weak_ptr<Socket>> clients_;
};

}  // namespace forkmend::daemon
