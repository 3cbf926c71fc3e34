// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace forkmend::host {

namespace {

struct Pipe {
  Descriptor reading;
  Descriptor writing;
};

/// Where our own standard streams are closed a pipe could get their numbers, and the child would
/// overwrite one with the other.
Descriptor above_standard(Descriptor low) {
  if (low.get() > STDERR_FILENO) return low;
  return Descriptor(fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "making a pipe");
  Pipe pipe{above_standard(Descriptor(ends[0])), above_standard(Descriptor(ends[1]))};
  if (pipe.reading.get() < 0 || pipe.writing.get() < 0) return errno_error(errno, "making a pipe");
  return pipe;
}

/// A file in memory that holds the text, to be read from its beginning; none for an empty text.
Result<Descriptor> make_input(const std::string& text) {
  if (text.empty()) return Descriptor();
  Descriptor file = above_standard(Descriptor(memfd_create("forkmend-input", MFD_CLOEXEC)));
  if (!file.is_open()) return errno_error(errno, "making the input of a program");
  std::size_t written = 0;
  while (written < text.size()) {
    // At a place, so that the offset, which the program shares, stays where it is.
    const ssize_t got = pwrite(file.get(), text.data() + written, text.size() - written,
                               static_cast<off_t>(written));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return errno_error(errno, "writing the input of a program");
    written += static_cast<std::size_t>(got);
  }
  return file;
}

class SpawnSetup {
 public:
  SpawnSetup(int in, int out, int err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    keep(in < 0
             ? posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
             : posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO));
    keep(posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO));
    keep(posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO));
    keep(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    keep(posix_spawn_file_actions_addchdir_np(&actions_, "/"));
    sigset_t signals;
    sigfillset(&signals);
    keep(posix_spawnattr_setsigdefault(&attributes_, &signals));
    sigemptyset(&signals);
    keep(posix_spawnattr_setsigmask(&attributes_, &signals));
    // A group of its own, so that at the deadline all that it started ends with it.
    keep(posix_spawnattr_setpgroup(&attributes_, 0));
    constexpr int kFlags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
    keep(posix_spawnattr_setflags(&attributes_, static_cast<short>(kFlags)));
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  [[nodiscard]] Result<pid_t> spawn(const std::string& program, std::vector<std::string> argv,
                                    std::vector<std::string> environment) const {
    pid_t pid = 0;
    const int failure = failure_ != 0
                            ? failure_
                            : posix_spawn(&pid, program.c_str(), &actions_, &attributes_,
                                          pointers(argv).data(), pointers(environment).data());
    if (failure != 0) return errno_error(failure, "starting " + program);
    return pid;
  }

 private:
  void keep(int failure) {
    if (failure_ == 0) failure_ = failure;
  }
  static std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> all;
    all.reserve(strings.size() + 1);
    for (std::string& string : strings) all.push_back(string.data());
    all.push_back(nullptr);
    return all;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int failure_ = 0;
};

}  // namespace

Result<Spawned> spawn_program(const std::string& program, std::vector<std::string> argv,
                              std::vector<std::string> environment, const std::string& input) {
  const auto in = make_input(input);
  if (!in) return in.error();
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();
  const SpawnSetup setup(in->get(), out->writing.get(), err->writing.get());
  auto pid = setup.spawn(program, std::move(argv), std::move(environment));
  if (!pid) return pid.error();
  return Spawned{*pid, std::move(out->reading), std::move(err->reading)};
}

}  // namespace forkmend::host
