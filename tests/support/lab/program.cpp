// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace forkmend::testing {

namespace {

using Clock = std::chrono::steady_clock;

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

std::vector<std::string> environment_of(const ProgramOptions& options) {
  std::map<std::string, std::string> all = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"LC_ALL", "C"},
      {"HOME", "/nonexistent"},
  };
  for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LD_LIBRARY_PATH", "TMPDIR"}) {
    if (const char* value = std::getenv(kept)) all[kept] = value;
  }
  for (const auto& [name, value] : options.environment) all[name] = value;
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& [name, value] : all) {
    std::string& line = out.emplace_back(name);
    line.append("=").append(value);
  }
  return out;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const auto& one : strings) out.push_back(const_cast<char*>(one.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const ProgramOptions& options,
                         int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(out >= 0 ? out : null, STDOUT_FILENO);
  dup2(err >= 0 ? err : null, STDERR_FILENO);
  if (options.run_as) {
    const uid_t uid = *options.run_as;
    if (setgroups(0, nullptr) != 0 || setresgid(uid, uid, uid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
      _exit(125);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  const auto environment = environment_of(options);
  execvpe(argv.front().c_str(), pointers(argv).data(), pointers(environment).data());
  _exit(127);
}

/// Appends what is there; false at the end of the stream.
bool drain(int fd, std::string* text) {
  std::array<char, 65536> buffer{};
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got <= 0) return false;
  text->append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe");
  }
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) become(argv, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  ProgramResult result;
  const auto end = Clock::now() + options.deadline;
  std::array<pollfd, 2> files = {pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  bool late = false;
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    if (poll(files.data(), files.size(), milliseconds_until(end)) == 0) {
      late = true;
      kill(pid, SIGKILL);
      break;
    }
    if (files[0].revents != 0 && !drain(out[0], &result.out)) files[0].fd = -1;
    if (files[1].revents != 0 && !drain(err[0], &result.err)) files[1].fd = -1;
  }
  close(out[0]);
  close(err[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (late) result.err += "\n(killed at the test's deadline)";
  if (WIFEXITED(status) && !late) result.exit_code = WEXITSTATUS(status);
  return result;
}

pid_t start_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) become(argv, options, -1, -1);
  return pid;
}

void end_program(pid_t pid) {
  if (pid <= 0) return;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

namespace {

/// Looks again whenever something happens to a file of the directory of `file`.
bool wait_beside(const std::string& file, std::chrono::milliseconds deadline,
                 const std::function<bool()>& is_done) {
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const std::string directory = std::filesystem::path(file).parent_path();
  inotify_add_watch(watch, directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO);
  const auto end = Clock::now() + deadline;
  bool done = false;
  while (true) {
    done = is_done();
    pollfd events{watch, POLLIN, 0};
    if (done || poll(&events, 1, milliseconds_until(end)) == 0) break;
    std::string ignored;
    drain(watch, &ignored);
  }
  close(watch);
  return done;
}

}  // namespace

bool wait_for_text(const std::string& file, const std::string& text,
                   std::chrono::milliseconds deadline, std::size_t from) {
  return wait_beside(file, deadline, [&] {
    const std::string content = read_file(file);
    return content.size() > from && content.find(text, from) != std::string::npos;
  });
}

bool wait_for_file(const std::string& file, std::chrono::milliseconds deadline) {
  return wait_beside(file, deadline, [&] { return std::filesystem::exists(file); });
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  if (!out) throw std::runtime_error("cannot write " + path);
}

}  // namespace forkmend::testing
