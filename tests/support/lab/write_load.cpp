// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/write_load.hpp"

#include <chrono>
#include <stdexcept>
#include <vector>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

std::int64_t changes_of(const RedisServer& server) {
  return parse_integer(server.info("rdb_changes_since_last_save")).value_or(0);
}

std::vector<std::string> client_of(const RedisServer& server, WriteLoad::Kind kind) {
  const std::string socket = server.directory() + "/redis.sock";
  if (kind == WriteLoad::Kind::many_changes) {
    return {"redis-benchmark",
            "-s",
            socket,
            "-n",
            "2000000000",
            "-r",
            "10000",
            "-P",
            "16",
            "-d",
            "100",
            "-t",
            "set",
            "-q"};
  }
  return {"redis-cli",
          "-s",
          socket,
          "-r",
          "-1",
          "EVAL",
          "for i = 1, 30000 do redis.call('SET', 'key:' .. i % 6000, i) end",
          "0"};
}

}  // namespace

WriteLoad::WriteLoad(const RedisServer& server, Kind kind) {
  const std::int64_t before = changes_of(server);
  pid_ = start_program(client_of(server, kind));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (changes_of(server) < before + 20'000) {
    if (std::chrono::steady_clock::now() < deadline) continue;
    end();
    throw std::runtime_error("the server is not written to: " + read_file(server.log_file()));
  }
}

WriteLoad::~WriteLoad() {
  end();
}

void WriteLoad::end() {
  if (pid_ > 0) end_program(pid_);
  pid_ = -1;
}

}  // namespace forkmend::testing
