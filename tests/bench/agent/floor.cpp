// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/floor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace forkmend::testing {

namespace {

constexpr std::string_view kRequest = "*2\r\n$4\r\nINFO\r\n$11\r\npersistence\r\n";

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const auto* name = reinterpret_cast<const sockaddr*>(&address);  // NOLINT(*-reinterpret-cast)
  if (fd < 0 || connect(fd, name, sizeof address) != 0) throw std::runtime_error("connect");
  return fd;
}

/// "$LENGTH\r\n", LENGTH bytes, "\r\n"; 0 while the length is not there yet.
std::size_t whole_size(std::string_view reply) {
  const std::size_t end = reply.find("\r\n");
  if (end == std::string_view::npos || reply.front() != '$') return 0;
  std::size_t length = 0;
  std::from_chars(reply.data() + 1, reply.data() + end, length);
  return end + 2 + length + 2;
}

/// In epoll too, as one thread has one place to wait: nothing else is awaited meanwhile.
void wait_until(int epoll, std::chrono::steady_clock::time_point time) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now());
  epoll_event event{};
  if (left.count() > 0 && epoll_wait(epoll, &event, 1, static_cast<int>(left.count())) != 0) {
    throw std::runtime_error("an answer that nobody asked for");
  }
}

void ask(int epoll, int fd) {
  if (write(fd, kRequest.data(), kRequest.size()) < 0) throw std::runtime_error("write");
  std::array<char, 16384> buffer{};
  std::size_t have = 0;
  while (true) {
    epoll_event event{};
    if (epoll_wait(epoll, &event, 1, 5000) != 1) throw std::runtime_error("no answer");
    const ssize_t got = read(fd, buffer.data() + have, buffer.size() - have);
    if (got <= 0) throw std::runtime_error("read");
    have += static_cast<std::size_t>(got);
    const std::size_t whole = whole_size({buffer.data(), have});
    if (whole != 0 && have >= whole) return;
  }
}

}  // namespace

std::chrono::microseconds thread_cpu() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double floor_of_poll(const std::vector<int>& ports, int rounds, Pace pace) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> sockets;
  sockets.reserve(ports.size());
  for (const int port : ports) {
    sockets.push_back(connect_to(port));
    epoll_event event{.events = EPOLLIN, .data = {.fd = sockets.back()}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, sockets.back(), &event);
  }
  const auto before = thread_cpu();
  auto due = std::chrono::steady_clock::now();
  const auto apart = std::chrono::nanoseconds(std::chrono::seconds(1)) / sockets.size();
  for (int round = 0; round < rounds; ++round) {
    for (const int fd : sockets) {
      if (pace == Pace::each_second) wait_until(epoll, due += apart);
      ask(epoll, fd);
    }
  }
  const auto took = thread_cpu() - before;
  for (const int fd : sockets) close(fd);
  close(epoll);
  return static_cast<double>(took.count()) /
         (static_cast<double>(rounds) * static_cast<double>(ports.size()));
}

}  // namespace forkmend::testing
