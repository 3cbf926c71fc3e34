// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "subject.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace forkmend::bench {

namespace {

void* wait_for_ever(void* /*unused*/) {
  for (;;) pause();
}

bool start_threads(int count) {
  for (int i = 0; i < count; ++i) {
    pthread_t thread{};
    if (pthread_create(&thread, nullptr, wait_for_ever, nullptr) != 0) return false;
  }
  return true;
}

/// A child that is the first of the new namespace, and its init. It ends with its parent by the end
/// of a pipe: the kernel sends PR_SET_PDEATHSIG with the rights of the parent, which by then may be
/// an ordinary user and may not signal root.
bool start_init(PidSpace space) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const pid_t init = fork();
  if (init < 0) return false;
  if (init == 0) {
    close(ends[1]);
    char none = 0;
    if (space == PidSpace::alive && read(ends[0], &none, 1) != 0) _exit(1);
    _exit(0);
  }
  return space == PidSpace::alive || waitpid(init, nullptr, 0) == init;
}

bool enter_pid_space(PidSpace space) {
  if (space == PidSpace::same) return true;
  if (unshare(CLONE_NEWPID) != 0) return false;
  return space == PidSpace::fresh || start_init(space);
}

/// What sched_setattr(2) takes; the kernel's header clashes with that of libc.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 6;  // SCHED_DEADLINE
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 5'000'000;
  std::uint64_t deadline = 100'000'000;
  std::uint64_t period = 100'000'000;
};

bool schedule(Scheduling scheduling) {
  if (scheduling == Scheduling::other) return true;
  SchedulingAttributes attributes;
  attributes.flags = scheduling == Scheduling::deadline_reset ? 1 : 0;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

/// Only CAP_SYS_ADMIN, in this thread, which is the one that forks.
bool take_sys_admin() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  data[0].permitted = data[0].effective = 1U << CAP_SYS_ADMIN;
  return syscall(SYS_capset, &header, data) == 0;
}

bool become(const Recipe& recipe) {
  if (recipe.uid == 0) return true;
  if (recipe.keep_sys_admin && prctl(PR_SET_KEEPCAPS, 1) != 0) return false;
  const gid_t group = recipe.uid;
  if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(recipe.uid) != 0) return false;
  return !recipe.keep_sys_admin || take_sys_admin();
}

bool set_nproc(std::optional<std::int64_t> soft) {
  if (!soft) return true;
  rlimit limit{};
  if (getrlimit(RLIMIT_NPROC, &limit) != 0) return false;
  limit.rlim_cur = static_cast<rlim_t>(*soft);
  return setrlimit(RLIMIT_NPROC, &limit) == 0;
}

bool follow(const Recipe& recipe) {
  return start_threads(recipe.threads) && enter_pid_space(recipe.pid_space) &&
         make_mappings(recipe.mappings) && fill_page_tables(recipe.page_tables) &&
         schedule(recipe.scheduling) && become(recipe) && set_nproc(recipe.nproc_soft);
}

/// 0, or errno.
int fork_once() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child < 0) return errno;
  waitpid(child, nullptr, 0);
  return 0;
}

int raise_nproc() {
  rlimit limit{};
  getrlimit(RLIMIT_NPROC, &limit);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NPROC, &limit) == 0 ? 0 : errno;
}

int schedule_normally() {
  const sched_param none{};
  return sched_setscheduler(0, SCHED_OTHER, &none) == 0 ? 0 : errno;
}

int obey(char command) {
  switch (command) {
    case 'F':
      return fork_once();
    case 'N':
      return raise_nproc();
    case 'S':
      return schedule_normally();
    default:
      return EINVAL;
  }
}

[[noreturn]] void live(int socket, const Recipe& recipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char command = 0;
  // The first word comes when our cgroups are set.
  if (read(socket, &command, 1) != 1) _exit(1);
  int answer = follow(recipe) ? 0 : 1;
  do {
    if (write(socket, &answer, sizeof answer) != sizeof answer) _exit(1);
    if (read(socket, &command, 1) != 1) _exit(0);
    answer = obey(command);
  } while (true);
}

void join(const std::string& cgroup, pid_t pid) {
  const int fd = open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  const std::string text = std::to_string(pid);
  const bool good = fd >= 0 && write(fd, text.data(), text.size()) > 0;
  if (fd >= 0) close(fd);
  if (!good) throw std::runtime_error("cannot join " + cgroup);
}

}  // namespace

Subject::Subject(const Recipe& recipe, const std::vector<std::string>& cgroups) {
  int sockets[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    throw std::runtime_error("socketpair");
  }
  pid_ = fork();
  if (pid_ == 0) {
    close(sockets[0]);
    live(sockets[1], recipe);
  }
  close(sockets[1]);
  socket_ = sockets[0];
  if (pid_ < 0) throw std::runtime_error("fork of a subject");
  for (const std::string& cgroup : cgroups) join(cgroup, pid_);
  ready_ = ask('B') == 0;
}

Subject::~Subject() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (socket_ >= 0) close(socket_);
}

std::optional<int> Subject::ask(char command) {
  int answer = 0;
  if (send(socket_, &command, 1, MSG_NOSIGNAL) != 1) return std::nullopt;
  if (recv(socket_, &answer, sizeof answer, 0) != sizeof answer) return std::nullopt;
  return answer;
}

Outcome Subject::fork_now() {
  const auto answer = ask('F');
  return answer ? Outcome{.died = false, .error_number = *answer} : Outcome{.died = true};
}

}  // namespace forkmend::bench
