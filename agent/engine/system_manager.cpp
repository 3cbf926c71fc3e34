// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/system_manager.hpp"

#include <utility>

#include "base/text.hpp"
#include "host/commands.hpp"
#include "host/system.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

asio::awaitable<Result<void>> tell_systemd(host::Root root, std::string what) {
  if (what != "daemon-reload") {
    co_return Error{Errc::invalid, printable(what) + " is not something to tell systemd"};
  }
  if (!root.live() || !host::systemd_running(root)) co_return ok();
  std::vector<std::string> argv = {"systemctl", "daemon-reload"};
  // Named: gcc 12 destroys a braced temporary twice in a co_await expression.
  host::CommandOptions defaults;
  const auto result = co_await host::run_command(std::move(argv), std::move(defaults));
  if (!result) co_return result.error().during("running systemctl daemon-reload");
  if (result->succeeded()) co_return ok();
  co_return Error{Errc::io, "systemctl daemon-reload failed: " + printable(trim(result->err))};
}

}  // namespace

AfterwardsRunner system_manager_runner(const host::Root& root) {
  return [root](std::string what) { return tell_systemd(root, std::move(what)); };
}

}  // namespace forkmend::engine
