// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/supervised.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"

namespace forkmend::testing {

namespace {

constexpr auto kShown = std::to_array<std::pair<int, std::string_view>>({
    {SYS_openat, "openat"},       {SYS_write, "write"},         {SYS_pwrite64, "pwrite64"},
    {SYS_writev, "writev"},       {SYS_pwritev, "pwritev"},     {SYS_sendto, "sendto"},
    {SYS_sendmsg, "sendmsg"},     {SYS_connect, "connect"},     {SYS_fsync, "fsync"},
    {SYS_fdatasync, "fdatasync"}, {SYS_ftruncate, "ftruncate"}, {SYS_fallocate, "fallocate"},
    {SYS_renameat, "renameat"},   {SYS_renameat2, "renameat2"}, {SYS_unlinkat, "unlinkat"},
    {SYS_mkdirat, "mkdirat"},     {SYS_fchmod, "fchmod"},       {SYS_fchown, "fchown"},
    {SYS_fsetxattr, "fsetxattr"}, {SYS_swapon, "swapon"},       {SYS_swapoff, "swapoff"},
    {SYS_prlimit64, "prlimit64"}, {SYS_kill, "kill"},           {SYS_execve, "execve"},
    {SYS_clone, "clone"},         {SYS_clone3, "clone3"},
#ifdef SYS_open
    {SYS_open, "open"},           {SYS_mkdir, "mkdir"},         {SYS_rename, "rename"},
    {SYS_unlink, "unlink"},       {SYS_rmdir, "rmdir"},         {SYS_vfork, "vfork"},
#endif
});

std::system_error failure(const std::string& what) {
  return {errno, std::generic_category(), what};
}

/// Shared with the child: it may not write a pipe any more once its writes wait for us.
struct Meeting {
  sem_t installed;
  sem_t taken;
  int listener = -1;
};

class SharedMeeting {
 public:
  SharedMeeting()
      : place_(mmap(nullptr, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                    -1, 0)) {
    if (place_ == MAP_FAILED) throw failure("mmap");
    meeting_ = new (place_) Meeting;
    sem_init(&meeting_->installed, 1, 0);
    sem_init(&meeting_->taken, 1, 0);
  }
  ~SharedMeeting() { munmap(place_, sizeof(Meeting)); }
  SharedMeeting(const SharedMeeting&) = delete;
  SharedMeeting& operator=(const SharedMeeting&) = delete;
  Meeting* operator->() const { return meeting_; }

 private:
  void* place_;
  Meeting* meeting_ = nullptr;
};

void wait_for(sem_t& semaphore) {
  while (sem_wait(&semaphore) != 0 && errno == EINTR) {
  }
}

int install_filter() {
  std::vector<sock_filter> code;
  code.reserve(kShown.size() + 3);
  code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (std::size_t i = 0; i < kShown.size(); ++i) {
    const auto to_notify = static_cast<std::uint8_t>(kShown.size() - i);
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(kShown[i].first),
                            to_notify, 0));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

[[noreturn]] void be_supervised(const std::function<int()>& work, const SharedMeeting& meeting) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  meeting->listener = install_filter();
  sem_post(&meeting->installed);
  if (meeting->listener < 0) _exit(125);
  wait_for(meeting->taken);
  close(meeting->listener);
  try {
    _exit(work());
  } catch (...) {
    // Never back into the test that has begun us.
    _exit(124);
  }
}

std::string_view name_of(int number) {
  const auto* const found =
      std::ranges::find(kShown, number, &std::pair<int, std::string_view>::first);
  return found == kShown.end() ? "?" : found->second;
}

SystemCall call_of(const seccomp_notif& notice, pid_t child) {
  SystemCall call{.pid = static_cast<pid_t>(notice.pid),
                  .of_child = static_cast<pid_t>(notice.pid) == child,
                  .name = name_of(notice.data.nr)};
  std::copy_n(static_cast<const __u64*>(notice.data.args), call.arguments.size(),
              call.arguments.begin());
  return call;
}

/// The child, what it started, and their calls.
class Supervisor {
 public:
  Supervisor(pid_t child, int listener, const Decide& decide)
      : child_(child),
        process_(static_cast<int>(syscall(SYS_pidfd_open, child, 0))),
        listener_(static_cast<int>(syscall(SYS_pidfd_getfd, process_.get(), listener, 0))),
        decide_(decide) {
    if (!listener_.is_open()) throw failure("pidfd_getfd");
  }

  SupervisedEnd run() {
    while (!reaped_ || !started_.empty()) {
      std::array<pollfd, 2> waiting{{{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                     {.fd = process_.get(), .events = POLLIN, .revents = 0}}};
      // Nothing tells of the end of what a dead child has started.
      constexpr int kLook = 5;
      const nfds_t count = reaped_ ? 1 : 2;
      if (poll(waiting.data(), count, reaped_ ? kLook : -1) < 0 && errno != EINTR) {
        throw failure("poll");
      }
      if ((waiting[0].revents & POLLIN) != 0) answer_one();
      if (!reaped_ && (waiting[1].revents & POLLIN) != 0) reap_child();
      if (reaped_)
        std::erase_if(started_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
    }
    return end_;
  }

 private:
  /// A process that was killed meanwhile is not there to be answered.
  void answer_one() {
    seccomp_notif notice{};
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) return;
    const SystemCall call = call_of(notice, child_);
    if (!call.of_child) started_.insert(call.pid);
    const Verdict verdict = decide_(call);
    if (verdict.kind == Verdict::Kind::kill) kill(child_, SIGKILL);
    seccomp_notif_resp answer{};
    answer.id = notice.id;
    if (verdict.kind == Verdict::Kind::fail) {
      answer.error = -verdict.error;
    } else {
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  void reap_child() {
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) end_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
    reaped_ = true;
  }

  pid_t child_;
  Descriptor process_;
  Descriptor listener_;
  const Decide& decide_;
  std::set<pid_t> started_;
  bool reaped_ = false;
  SupervisedEnd end_;
};

}  // namespace

bool may_change(const SystemCall& call) {
  constexpr std::uint64_t kMaking = O_CREAT | O_TRUNC;
  if (call.name == "openat") return (call.arguments[2] & kMaking) != 0;
  if (call.name == "open") return (call.arguments[1] & kMaking) != 0;
  if (call.name == "prlimit64") return call.arguments[2] != 0;
  return call.name != "connect";
}

SupervisedEnd supervise(const std::function<int()>& work, const Decide& decide) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const SharedMeeting meeting;
  // What is still to be printed is ours to print.
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw failure("fork");
  if (child == 0) be_supervised(work, meeting);
  wait_for(meeting->installed);
  if (meeting->listener < 0) throw std::runtime_error("no seccomp user notification here");
  Supervisor supervisor(child, meeting->listener, decide);
  sem_post(&meeting->taken);
  return supervisor.run();
}

std::string memory_of(pid_t pid, std::uint64_t address, std::size_t length) {
  std::string bytes(length, '\0');
  const iovec here{bytes.data(), length};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process
  const iovec there{reinterpret_cast<void*>(address), length};
  const ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string file_of(pid_t pid, std::uint64_t descriptor) {
  std::error_code missing;
  const auto path = std::filesystem::read_symlink(
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<int>(descriptor)),
      missing);
  return missing ? std::string() : path.string();
}

}  // namespace forkmend::testing
