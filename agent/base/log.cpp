// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

#include "base/text.hpp"

namespace forkmend::log {

namespace {

constexpr std::size_t kLineLimit = 4096;

std::shared_ptr<spdlog::logger> make_logger() {
  auto logger = std::make_shared<spdlog::logger>("forkmend",
                                                 std::make_shared<spdlog::sinks::stderr_sink_st>());
  // journald stamps the time itself.
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%l: %v"
                                                               : "%Y-%m-%dT%T.%e %l: %v");
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> one = make_logger();
  return *one;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}

void write(Level level, std::string_view incident, std::string_view line) {
  const std::string safe = printable(line, kLineLimit);
  if (incident.empty()) {
    logger().log(to_spdlog(level), safe);
  } else {
    logger().log(to_spdlog(level), "[{}] {}", printable(incident), safe);
  }
}

}  // namespace forkmend::log
