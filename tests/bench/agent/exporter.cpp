// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/exporter.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

namespace asio = boost::asio;

namespace {

constexpr const char* kExporter = "/usr/bin/prometheus-redis-exporter";

double cpu_of_process(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto fields = split_blanks(std::string_view(stat).substr(stat.rfind(')') + 2));
  const auto ticks = *parse_integer(fields.at(11)) + *parse_integer(fields.at(12));
  return static_cast<double>(ticks) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// The answer's body is read to its end; an exporter that is not up yet is an error.
bool get(int port, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code failure;
  socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, failure);
  if (failure) return false;
  const std::string request =
      "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  asio::write(socket, asio::buffer(request), failure);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), failure);
  return answer.starts_with("HTTP/1.1 200");
}

/// It says where it will listen just before it does.
void wait_until_up(int port, const std::string& log) {
  constexpr std::chrono::seconds kComesUp{30};
  const auto end = std::chrono::steady_clock::now() + kComesUp;
  const bool told = wait_for_text(log, "Providing metrics", kComesUp);
  while (told && std::chrono::steady_clock::now() < end) {
    if (get(port, "/")) return;
    std::this_thread::yield();
  }
  throw std::runtime_error("the exporter does not come up: " + read_file(log));
}

double cpu_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

}  // namespace

std::optional<double> cpu_of_scrape(const std::vector<int>& ports) {
  if (access(kExporter, X_OK) != 0) return std::nullopt;
  const int port = free_port();
  const TempDir dir;
  const std::string log = dir.path() / "exporter.log";
  const pid_t pid = start_program({"sh", "-c", "exec \"$@\" 2>\"$0\"", log, kExporter,
                                   "-web.listen-address", "127.0.0.1:" + std::to_string(port)});
  wait_until_up(port, log);
  const double before = cpu_of_process(pid);
  for (int scrape = 0; scrape < kScrapes; ++scrape) {
    for (const int server : ports) {
      if (!get(port, "/scrape?target=redis://127.0.0.1:" + std::to_string(server))) {
        throw std::runtime_error("a scrape failed");
      }
    }
  }
  const double used = cpu_of_process(pid) - before;
  end_program(pid);
  return used / kScrapes / static_cast<double>(ports.size());
}

double cpu_of_script(const std::string& script, const std::vector<int>& ports) {
  const double before = cpu_of_children();
  for (const int server : ports) {
    const auto result = run_program({"/bin/sh", script, std::to_string(server)});
    if (result.exit_code < 0) throw std::runtime_error("the script did not end");
  }
  return (cpu_of_children() - before) / static_cast<double>(ports.size());
}

}  // namespace forkmend::testing
