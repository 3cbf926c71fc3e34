// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>

#include "daemon/control_protocol.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

namespace {

bool is_one_line(std::string_view line) {
  return line.ends_with('\n') && std::ranges::count(line, '\n') == 1;
}

std::string_view without_end(std::string_view line) {
  return line.substr(0, line.size() - 1);
}

void check_request(std::string_view input) {
  const auto request = daemon::parse_request(input);
  if (!request) return;
  require(input.size() <= daemon::kMaxControlRequest, "a request is bounded");
  const std::string line = to_line(*request);
  require(is_one_line(line), "a request is one line");
  require(line.size() <= daemon::kMaxControlRequest, "what is sent can be read");
  const auto again = daemon::parse_request(without_end(line));
  require(again.has_value() && again->command == request->command, "a request survives");
}

void check_reply(std::string_view input) {
  const auto reply = daemon::parse_reply(input);
  if (!reply) return;
  const std::string line = to_line(*reply);
  require(is_one_line(line), "a reply is one line");
  const auto again = daemon::parse_reply(without_end(line));
  require(again.has_value(), "a reply that was read can be written and read again");
  require(to_line(*again) == line, "and is the same then");
}

}  // namespace

void run_control(std::string_view input) {
  check_request(input);
  check_reply(input);
}

}  // namespace forkmend::fuzz
