// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fcntl.h>
#include <termios.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.hpp"
#include "redis/credentials.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxPassword = 4096;
constexpr char kCtrlC = 0x03;
constexpr char kCtrlD = 0x04;
constexpr char kBackspace = 0x08;
constexpr char kCtrlU = 0x15;
constexpr char kDelete = 0x7F;

/// A terminal without echo, restored at the end whatever happens. Keys that would raise a signal
/// are read as bytes, else Ctrl-C would leave the terminal silent.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    if (tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    is_quiet_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (is_quiet_) (void)tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  [[nodiscard]] bool is_quiet() const { return is_quiet_; }

 private:
  int fd_;
  termios before_{};
  bool is_quiet_ = false;
};

void show(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t shown = write(fd, text.data(), text.size());
    if (shown < 0 && errno != EINTR) return;
    if (shown > 0) text.remove_prefix(static_cast<std::size_t>(shown));
  }
}

Result<char> read_key(int fd) {
  char key = 0;
  while (true) {
    const ssize_t got = read(fd, &key, 1);
    if (got == 1) return key;
    if (got == 0) return Error{Errc::cancelled, "the terminal was closed"};
    if (errno != EINTR) return errno_error(errno, "reading the password");
  }
}

/// Until Enter; Backspace and Ctrl-U work as people expect.
Result<void> read_line(int fd, std::string& line) {
  while (true) {
    const auto key = read_key(fd);
    if (!key) return key.error();
    if (*key == kCtrlC || *key == kCtrlD) return Error{Errc::cancelled, "no password was given"};
    if (*key == '\n' || *key == '\r') return ok();
    if (*key == kCtrlU) {
      wipe(line);
    } else if (*key == kBackspace || *key == kDelete) {
      if (!line.empty()) line.pop_back();
    } else if (line.size() < kMaxPassword) {
      line += *key;
    }
  }
}

}  // namespace

Result<Credentials> ask_password(std::string_view question, const std::string& terminal) {
  const Descriptor tty(open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!tty.is_open()) return errno_error(errno, "opening the terminal to ask for the password");
  const QuietTerminal quiet(tty.get());
  if (!quiet.is_quiet()) return errno_error(errno, "asking for the password with echo off");
  Credentials credentials;
  credentials.password.reserve(kMaxPassword);  // growing would leave copies behind
  show(tty.get(), question);
  const auto entered = read_line(tty.get(), credentials.password);
  show(tty.get(), "\r\n");
  if (!entered) {
    wipe(credentials);
    return entered.error();
  }
  if (credentials.password.empty()) return Error{Errc::invalid, "the password is empty"};
  return credentials;
}

}  // namespace forkmend::redis
