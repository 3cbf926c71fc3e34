// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The user's own commands. Target::commands is JSON: {"do": [PROGRAM, ARGUMENT...], "undo": [...],
// "check": [...], "timeout": SECONDS, "pid": PID of the server or 0}. No shell is involved. They
// run with PATH, LC_ALL and FORKMEND_ACTION (do, undo, check), FORKMEND_ENDPOINT, FORKMEND_PID.
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "engine/step_access.hpp"
#include "host/commands.hpp"
#include "policy/trust.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;
namespace json = boost::json;
using remediations::Target;

namespace {

constexpr const char* kDone = "done";
constexpr std::int64_t kLongest = 3600;
constexpr std::size_t kShownOutput = 200;
constexpr std::size_t kKeptOutput = 4096;

Error bad_hook(const Target& target, std::string_view why) {
  return Error{Errc::invalid, "the hook " + printable(target.name) + ": " + std::string(why)};
}

Result<json::object> parse_commands(const Target& target) {
  boost::system::error_code failure;
  const json::value value = json::parse(target.commands, failure);
  if (failure || !value.is_object()) return bad_hook(target, "its commands are no JSON object");
  return value.get_object();
}

Result<std::vector<std::string>> argv_of(const Target& target, const json::object& commands,
                                         std::string_view action) {
  std::vector<std::string> argv;
  const json::value* list = commands.if_contains(action);
  if (list == nullptr || !list->is_array() || list->get_array().empty()) {
    return bad_hook(target, "there is no command for " + std::string(action));
  }
  for (const json::value& word : list->get_array()) {
    if (!word.is_string() || word.get_string().find('\0') != json::string::npos) {
      return bad_hook(target, "a word of a command is no text");
    }
    argv.emplace_back(word.get_string());
  }
  return argv;
}

/// As root only what root alone can change is run.
Result<void> check_program(const Target& target, const std::string& program) {
  if (!program.starts_with('/')) return bad_hook(target, printable(program) + " is no full path");
  const auto way = policy::walk_path(program);
  if (!way) return way.error().during("looking at the hook's program");
  const auto because = geteuid() == 0 ? policy::why_untrusted(*way) : std::nullopt;
  if (!because) return ok();
  return Error{Errc::permission_denied, "the hook's program is not run: " + *because};
}

std::chrono::seconds timeout_of(const json::object& commands) {
  const json::value* timeout = commands.if_contains("timeout");
  const bool usable = timeout != nullptr && timeout->is_int64() && timeout->get_int64() > 0 &&
                      timeout->get_int64() <= kLongest;
  return std::chrono::seconds(usable ? timeout->get_int64() : 30);
}

std::string pid_text(const Target& target) {
  return target.pid > 0 ? std::to_string(target.pid) : "";
}

asio::awaitable<Result<host::CommandResult>> run_hook(Target target, std::string action) {
  const auto commands = parse_commands(target);
  if (!commands) co_return commands.error();
  auto argv = argv_of(target, *commands, action);
  if (!argv) co_return argv.error();
  const auto trusted = check_program(target, argv->front());
  if (!trusted) co_return trusted.error();
  host::CommandOptions options;
  options.deadline = timeout_of(*commands);
  options.output_limit = kKeptOutput;
  options.environment = {{"FORKMEND_ACTION", action},
                         {"FORKMEND_ENDPOINT", target.endpoint},
                         {"FORKMEND_PID", pid_text(target)}};
  auto result = co_await host::run_command(*std::move(argv), std::move(options));
  co_return result;
}

std::string how_it_ended(const host::CommandResult& result) {
  std::string text = result.signal != 0 ? "was ended by signal " + std::to_string(result.signal)
                                        : "exited with " + std::to_string(result.exit_code);
  const std::string_view says = trim(result.err.empty() ? result.out : result.err);
  if (!says.empty()) text += ": " + printable(says, kShownOutput);
  return text;
}

}  // namespace

asio::awaitable<Result<StepValue>> read_hook_step(Target target) {
  const std::string name = printable(target.name);
  const auto result = co_await run_hook(std::move(target), "check");
  if (!result) co_return result.error().during("checking the hook " + name);
  if (result->succeeded()) co_return StepValue(kDone);
  if (result->signal == 0 && result->exit_code == 1) co_return StepValue();
  co_return Error{Errc::io, "the check of the hook " + name + " " + how_it_ended(*result)};
}

asio::awaitable<Result<void>> write_hook_step(Target target, StepValue value) {
  const std::string name = printable(target.name);
  if (value && *value != kDone) co_return bad_hook(target, "its value is \"done\" or absent");
  const std::string action = value ? "do" : "undo";
  const auto result = co_await run_hook(std::move(target), action);
  if (!result) co_return result.error().during("running " + action + " of the hook " + name);
  if (result->succeeded()) co_return ok();
  co_return Error{Errc::io, action + " of the hook " + name + " " + how_it_ended(*result)};
}

}  // namespace forkmend::engine
