// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/crowd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <new>
#include <stdexcept>
#include <string_view>

namespace forkmend::testing {

namespace {

/// Each peer takes two descriptors of its process, or three while the floor is measured.
constexpr std::size_t kMostOfOne = 2500;

struct Listener {
  int fd = -1;
  int port = 0;
};

Listener listen_somewhere() {
  Listener made;
  made.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);  // NOLINT(*-reinterpret-cast)
  constexpr int kBacklog = 64;
  if (made.fd < 0 || bind(made.fd, name, length) != 0 || listen(made.fd, kBacklog) != 0 ||
      getsockname(made.fd, name, &length) != 0) {
    throw std::runtime_error("a peer cannot listen (ulimit -n?)");
  }
  made.port = ntohs(address.sin_port);
  return made;
}

void watch(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/// Requests are small and come whole: what several hold is answered one by one.
std::string answers_to(std::string_view requests, const std::string& info,
                       std::atomic<std::uint64_t>& answered) {
  std::string answers;
  for (std::size_t at = requests.find('*'); at != std::string_view::npos;
       at = requests.find("\n*", at), at += at == std::string_view::npos ? 0 : 1) {
    const std::string_view words = requests.substr(at);
    const std::size_t name = words.find("\r\n", words.find('$'));
    const std::string_view command = words.substr(std::min(name + 2, words.size()), 4);
    if (command == "PING") {
      answers += "+PONG\r\n";
    } else if (command == "INFO") {
      answers += info;
      ++answered;
    } else {
      answers += "-ERR unknown command\r\n";
    }
  }
  return answers;
}

/// A counter that parent and child share.
std::atomic<std::uint64_t>* shared_counter() {
  void* memory = mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
  return new (memory) std::atomic<std::uint64_t>(0);
}

[[noreturn]] void serve(const std::vector<Listener>& listeners, const std::string& info,
                        std::atomic<std::uint64_t>& answered) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::map<int, bool> is_listener;
  for (const Listener& one : listeners) {
    watch(epoll, one.fd);
    is_listener[one.fd] = true;
  }
  std::array<epoll_event, 64> events{};
  std::array<char, 4096> buffer{};
  while (true) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
      if (is_listener.contains(fd)) {
        const int accepted = accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) watch(epoll, accepted);
        continue;
      }
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      if (got <= 0) {
        close(fd);
        continue;
      }
      const auto text = answers_to({buffer.data(), static_cast<std::size_t>(got)}, info, answered);
      if (write(fd, text.data(), text.size()) < 0) close(fd);
    }
  }
}

}  // namespace

Crowd::Crowd(std::size_t count, const std::string& info) : answered_(shared_counter()) {
  ports_.reserve(count);
  while (ports_.size() < count) add_process(std::min(kMostOfOne, count - ports_.size()), info);
}

void Crowd::add_process(std::size_t count, const std::string& info) {
  std::vector<Listener> listeners;
  listeners.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    listeners.push_back(listen_somewhere());
    ports_.push_back(listeners.back().port);
  }
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listeners, "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n", *answered_);
  }
  for (const Listener& one : listeners) close(one.fd);
  if (pid < 0) throw std::runtime_error("the peers cannot be forked");
  pids_.push_back(pid);
}

Crowd::~Crowd() {
  for (const pid_t pid : pids_) kill(pid, SIGKILL);
  for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
  munmap(answered_, sizeof *answered_);
}

}  // namespace forkmend::testing
