// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/outside.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {

namespace {

/// A pid in, the same pid out.
[[noreturn]] void refuse_as_told(int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t server = 0;
  while (read(socket, &server, sizeof server) == sizeof server) {
    refuse_forks_by_nproc(server);
    if (write(socket, &server, sizeof server) != sizeof server) break;
  }
  _exit(0);
}

}  // namespace

ForkRefuser::ForkRefuser() {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error("socketpair");
  }
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    close(ends[0]);
    refuse_as_told(ends[1]);
  }
  close(ends[1]);
  socket_ = ends[0];
}

ForkRefuser::~ForkRefuser() {
  close(socket_);
  end_program(pid_);
}

void ForkRefuser::refuse(pid_t server) const {
  pid_t done = 0;
  if (write(socket_, &server, sizeof server) != sizeof server ||
      read(socket_, &done, sizeof done) != sizeof done) {
    throw std::runtime_error("no forks were refused");
  }
}

SaveRequest::SaveRequest(int port) : socket_(io_) {
  socket_.connect({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
  boost::asio::write(socket_, boost::asio::buffer(std::string_view("BGSAVE\r\n")));
}

}  // namespace forkmend::testing
