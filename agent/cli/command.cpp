// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/command.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/version.hpp"
#include "engine/bundle.hpp"
#include "engine/host_lock.hpp"

namespace forkmend::cli {

namespace json = boost::json;

namespace {

// Set by the signal handler of run_to_end; one process runs one command.
bool g_signalled = false;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

json::object document(std::string_view command) {
  utsname name{};
  uname(&name);
  json::object host{{"name", printable(static_cast<const char*>(name.nodename))},
                    {"kernel", printable(static_cast<const char*>(name.release))},
                    {"time", format_time(read_clock().wall)},
                    {"uid", static_cast<std::int64_t>(geteuid())}};
  return {{"schema", 1},
          {"command", command},
          {"version", kVersion},
          {"host", std::move(host)},
          {"instances", json::array()}};
}

json::object document(const Session& session, std::string_view command) {
  json::object out = document(command);
  if (session.bundle == nullptr) return out;
  const engine::BundleDescription& captured = session.bundle->description;
  out["host"] = {{"name", printable(captured.host_name)},
                 {"kernel", printable(captured.kernel)},
                 {"time", format_time(captured.captured_at)},
                 {"uid", captured.uid}};
  return out;
}

void print_json(const json::object& document) {
  std::cout << json::serialize(document) << '\n' << std::flush;
}

void print_error(std::string_view text) {
  constexpr std::size_t kLimit = 4000;
  for (const std::string_view line : lines_of(text)) {
    std::cerr << "forkmend: " << printable(line, kLimit) << '\n';
  }
}

bool stop_requested() {
  return g_signalled || engine::stop_file_present();
}

ExitCode run_to_end(boost::asio::awaitable<ExitCode> work) {
  boost::asio::io_context io(1);
  std::optional<ExitCode> code;
  std::exception_ptr failure;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([](const boost::system::error_code& cancelled, int /*signal*/) {
    if (!cancelled) g_signalled = true;
  });
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, ExitCode result) {
    failure = std::move(thrown);
    code = result;
    signals.cancel();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return code.value_or(ExitCode::usage);
}

}  // namespace forkmend::cli
