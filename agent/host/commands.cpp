// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// Boost.Process waits for the program; it does not start it. Its launchers fork(): on a host
// without memory, which is where we are needed, a copy of our address space may be refused, and in
// the child they run code that other threads may hold locks of. spawn_program() does neither.
#include "host/commands.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/optional.hpp>
#include <boost/process/v2/error.hpp>
#include <boost/process/v2/process_handle.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "host/spawn.hpp"

namespace forkmend::host {

namespace {

namespace asio = boost::asio;

using Handle = boost::process::v2::basic_process_handle<asio::any_io_executor>;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

/// How long output may still come once the program has ended: something that it started may keep
/// its end of a pipe open for ever.
constexpr std::chrono::milliseconds kDrainTime(200);
constexpr std::chrono::seconds kReapTime(5);

bool is_program(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> environment_of(const CommandOptions& options) {
  std::vector<std::string> environment = {std::string("PATH=") + kProgramPath, "LC_ALL=C"};
  for (const auto& [name, value] : options.environment) {
    environment.emplace_back(name).append("=").append(value);
  }
  return environment;
}

/// A program that runs, and what is known of it. Ends it when nobody waits for it any more.
struct Running {
  Running(const asio::any_io_executor& executor, pid_t started, std::string path)
      : program(std::move(path)),
        pid(started),
        handle(executor, started),
        out(executor),
        err(executor),
        timer(executor) {}
  ~Running() { kill_all(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void kill_all() const {
    // Once reaped, the number may belong to someone else.
    if (!status) kill(-pid, SIGKILL);
  }

  std::string program;
  pid_t pid;
  Handle handle;
  asio::readable_pipe out;
  asio::readable_pipe err;
  asio::steady_timer timer;
  std::optional<int> status;  ///< as waitpid gives it
  CommandResult result;
};

asio::awaitable<void> read_stream(asio::readable_pipe* pipe, std::string* text, bool* truncated,
                                  std::size_t limit) {
  std::array<char, 16384> buffer{};
  while (true) {
    const auto [failure, got] =
        co_await pipe->async_read_some(asio::buffer(buffer.data(), buffer.size()), kToken);
    const std::size_t room = limit - std::min(limit, text->size());
    text->append(buffer.data(), std::min(got, room));
    if (got > room) *truncated = true;
    if (failure) co_return;
  }
}

asio::awaitable<void> wait_for_exit(Running* running) {
  const auto [failure, status] = co_await running->handle.async_wait(kToken);
  if (!failure) running->status = status;
}

asio::awaitable<void> wait_for(asio::any_io_executor executor, std::chrono::milliseconds time) {
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(kToken);
}

asio::awaitable<void> wait_for_exit_and_drain(Running* running) {
  co_await wait_for_exit(running);
  co_await wait_for(running->timer.get_executor(), kDrainTime);
}

/// Until the program has ended and its output is read, or `timer` fires.
asio::awaitable<void> attend(Running* running, std::size_t limit) {
  using asio::experimental::awaitable_operators::operator||;
  using asio::experimental::awaitable_operators::operator&&;
  CommandResult& result = running->result;
  co_await ((read_stream(&running->out, &result.out, &result.truncated, limit) &&
             read_stream(&running->err, &result.err, &result.truncated, limit)) ||
            wait_for_exit_and_drain(running));
  if (!running->status) co_await wait_for_exit(running);
}

asio::awaitable<Result<CommandResult>> finish(Running* running, CommandOptions options) {
  using asio::experimental::awaitable_operators::operator||;
  const auto executor = running->timer.get_executor();
  co_await (attend(running, options.output_limit) || wait_for(executor, options.deadline));
  if (!running->status) {
    running->kill_all();
    co_await (wait_for_exit(running) || wait_for(executor, kReapTime));
    co_return Error{Errc::timeout,
                    running->program + " did not end within " + format_duration(options.deadline) +
                        " and was killed; it said: " + printable(running->result.err, 200)};
  }
  CommandResult& result = running->result;
  if (WIFSIGNALED(*running->status)) result.signal = WTERMSIG(*running->status);
  if (WIFEXITED(*running->status)) result.exit_code = WEXITSTATUS(*running->status);
  co_return std::move(result);
}

Result<std::unique_ptr<Running>> start(const asio::any_io_executor& executor,
                                       std::vector<std::string> argv,
                                       const CommandOptions& options) {
  if (argv.empty()) return Error{Errc::invalid, "no program to run"};
  auto program = find_program(argv.front());
  if (!program) return program.error();
  auto spawned = spawn_program(*program, std::move(argv), environment_of(options), options.input);
  if (!spawned) return spawned.error();
  auto running = std::make_unique<Running>(executor, spawned->pid, std::move(*program));
  running->out.assign(spawned->out.release());
  running->err.assign(spawned->err.release());
  return running;
}

}  // namespace

Result<std::string> find_program(std::string name) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string_view directory : split(kProgramPath, ':')) {
    std::string path = std::string(directory) + "/" + name;
    if (!name.empty() && is_program(path)) return path;
  }
  return Error{Errc::not_found, "no program \"" + printable(name, 80) + "\" in " + kProgramPath};
}

asio::awaitable<Result<CommandResult>> run_command(std::vector<std::string> argv,
                                                   CommandOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  const auto running = start(executor, std::move(argv), options);
  if (!running) co_return running.error();
  co_return co_await finish(running->get(), std::move(options));
}

}  // namespace forkmend::host
