// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A replica aborts at its next replicated write once a save has failed. Under 1,000 writes a second
// that leaves a millisecond.
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "bench/agent/measures.hpp"
#include "bench/agent/outside.hpp"
#include "integration/agent_in_process.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

namespace asio = boost::asio;

constexpr int kTrials = 10;

std::string policy_on(const std::string& triggers) {
  return "schema = 1\nmode = \"heal\"\n[rails]\nmax_incidents_per_hour = 1000\n[[rule]]\n"
         "name = \"task limit\"\non = [" +
         triggers +
         "]\ncause = [\"nproc-limit\"]\nfirst_aid = [\"guard-replica\"]\n"
         "try = [{ remedy = \"nproc-limit\", to = \"auto\" }]\n";
}

/// 1,000 writes a second to a server, until its end.
class Writer {
 public:
  explicit Writer(int port) : thread_([this, port] { write_until_stopped(port); }) {}
  ~Writer() {
    stop_ = true;
    thread_.join();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

 private:
  void write_until_stopped(int port) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    boost::system::error_code failure;
    socket.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, failure);
    const std::string command = "*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n";
    std::array<char, 4096> answers{};
    auto next = std::chrono::steady_clock::now();
    while (!stop_ && !failure) {
      asio::write(socket, asio::buffer(command), failure);
      if (!failure) socket.read_some(asio::buffer(answers), failure);
      next += std::chrono::milliseconds(1);
      std::this_thread::sleep_until(next);  // the pace of the writes
    }
  }

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

bool has_aborted(const RedisServer& replica) {
  return read_file(replica.log_file()).find("unable to write command to disk") != std::string::npos;
}

/// True: the replica has survived a save that is refused while its master is written to.
bool survives(const std::string& triggers, bool foreseen) {
  const RedisServer master(ordinary_server());
  ServerOptions options = ordinary_server();
  options.arguments.insert(options.arguments.end(),
                           {"--replicaof", "127.0.0.1 " + std::to_string(master.port())});
  const RedisServer replica(options);
  const ForkRefuser outside;
  const Writer writer(master.port());
  replica.wait_for_log("MASTER <-> REPLICA sync: Finished with success");
  AgentInProcess agent({replica.url()}, policy_on(triggers),
                       [&](daemon::AgentOptions& agent_options) {
                         if (foreseen) agent_options.headroom = std::chrono::milliseconds(1000);
                       });
  if (!agent.wait_until_watched(replica.url())) throw std::runtime_error("not watched");
  outside.refuse(replica.pid());
  if (foreseen) {
    const auto* news =
        agent.wait_for_incident([](const auto& one) { return one.failures.empty(); });
    if (news == nullptr) throw std::runtime_error("nothing was foreseen");
  }
  const SaveRequest request(replica.port());
  const auto is_over = [&] {
    const std::string log = read_file(replica.log_file());
    return has_aborted(replica) ||
           log.find("Background saving terminated with success") != std::string::npos;
  };
  (void)agent.wait_until(is_over, std::chrono::seconds(20));
  return !has_aborted(replica);
}

int survivors(const std::string& triggers, bool foreseen) {
  int count = 0;
  for (int trial = 0; trial < kTrials; ++trial) count += survives(triggers, foreseen) ? 1 : 0;
  return count;
}

}  // namespace

void measure_replica(Goals& goals) {
  goals.section("A replica whose fork is refused, under 1,000 writes a second, " +
                std::to_string(kTrials) + " trials each");
  goals.tell("survives by first aid after the failure", survivors("\"failure\"", false), "");
  goals.at_least("survives with on = [\"failure\", \"forecast\"]",
                 survivors("\"failure\", \"forecast\"", true), kTrials, "");
}

}  // namespace forkmend::testing
