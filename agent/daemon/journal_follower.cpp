// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/journal_follower.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <utility>

#include "base/clock.hpp"
#include "daemon/log_reading.hpp"
#include "host/commands.hpp"
#include "host/spawn.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t kPart = std::size_t{64} << 10U;
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{60};

/// Ends the program with its group, and takes what is left of it.
class Journalctl {
 public:
  explicit Journalctl(pid_t pid) : pid_(pid) {}
  ~Journalctl() {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Journalctl(const Journalctl&) = delete;
  Journalctl& operator=(const Journalctl&) = delete;

 private:
  pid_t pid_;
};

bool has_value(const json::object& record, std::string_view field, std::string_view value) {
  const json::value* found = record.if_contains(field);
  return found != nullptr && found->is_string() && std::string_view(found->get_string()) == value;
}

/// The reading must not be interrupted once what it reads from is gone.
class Interruptible {
 public:
  Interruptible(std::function<void()>* where, std::function<void()> interrupt) : where_(where) {
    *where_ = std::move(interrupt);
  }
  ~Interruptible() { *where_ = nullptr; }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  std::function<void()>* where_;
};

std::string_view field_of(std::string_view match) {
  return match.substr(0, match.find('='));
}

}  // namespace

std::vector<std::string> journal_follow_argv(const JournalReaders& readers,
                                             const std::string& program) {
  std::vector<std::string> argv = {program, "--no-pager", "--output=json", "--lines=0", "--follow"};
  for (const auto& [endpoint, reader] : readers) {
    if (argv.size() > 5) argv.emplace_back("+");
    argv.insert(argv.end(), reader.source.matches.begin(), reader.source.matches.end());
  }
  return argv;
}

bool fits_matches(std::string_view record, const std::vector<std::string>& matches) {
  boost::system::error_code failure;
  const json::value parsed = json::parse({record.data(), record.size()}, failure);
  if (failure || !parsed.is_object()) return false;
  const json::object& fields = parsed.get_object();
  return std::ranges::all_of(matches, [&](const std::string& wanted) {
    return std::ranges::any_of(matches, [&](const std::string& match) {
      const std::string_view field = field_of(match);
      if (field != field_of(wanted) || match.size() <= field.size()) return false;
      return has_value(fields, field, std::string_view(match).substr(field.size() + 1));
    });
  });
}

JournalFollower::JournalFollower(const asio::any_io_executor& executor,
                                 std::function<void(Event)> on_event, std::string program)
    : executor_(executor),
      on_event_(std::move(on_event)),
      program_(std::move(program)),
      bell_(executor) {}

void JournalFollower::add(const std::string& endpoint, JournalReader reader) {
  const auto found = readers_.find(endpoint);
  const bool known = found != readers_.end() && found->second == reader;
  readers_.insert_or_assign(endpoint, std::move(reader));
  if (known) return;
  changed_ = true;
  if (interrupt_) interrupt_();
  bell_.ring();
}

void JournalFollower::remove(const std::string& endpoint) {
  if (readers_.erase(endpoint) == 0) return;
  changed_ = true;
  if (interrupt_) interrupt_();
  bell_.ring();
}

void JournalFollower::take(std::string_view record) {
  for (const auto& [endpoint, reader] : readers_) {
    if (!fits_matches(record, reader.source.matches)) continue;
    auto event = read_lines(reader.source, reader.pid, record, read_clock());
    if (!event) continue;
    event->endpoint = endpoint;
    on_event_(std::move(*event));
  }
}

void JournalFollower::take_lines() {
  std::size_t from = 0;
  for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', from)) {
    take(std::string_view(text_).substr(from, end + 1 - from));
    from = end + 1;
  }
  text_.erase(0, from);
  if (text_.size() > kPart) text_.clear();  // no record of a server is that long
}

/// False when the program has ended or the readers have changed.
asio::awaitable<bool> JournalFollower::read_some(asio::posix::stream_descriptor* out) {
  std::array<char, kPart> buffer{};
  const auto [failure, got] =
      co_await out->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
  if (failure || changed_) co_return false;
  trouble_.clear();
  text_.append(buffer.data(), got);
  take_lines();
  co_return true;
}

asio::awaitable<void> JournalFollower::follow() {
  changed_ = false;
  text_.clear();
  auto program = host::find_program(program_);
  if (!program) {
    trouble_ = program.error().message;
    co_return;
  }
  auto started = host::spawn_program(*program, journal_follow_argv(readers_, *program),
                                     {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"});
  if (!started) {
    trouble_ = started.error().message;
    co_return;
  }
  const Journalctl running(started->pid);
  asio::posix::stream_descriptor out(executor_, started->out.release());
  const Interruptible reading(&interrupt_, [&out] { out.cancel(); });
  while (co_await read_some(&out)) {
    // A flood is read in parts, so that others have their turn.
    asio::steady_timer timer(executor_, std::chrono::milliseconds(10));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (!changed_) trouble_ = program_ + " ended";
}

asio::awaitable<void> JournalFollower::run() {
  constexpr std::chrono::hours kLong{1};
  auto pause = kFirstPause;
  while (true) {
    if (readers_.empty()) {
      trouble_.clear();
      co_await bell_.wait(kLong);
      continue;
    }
    const auto began = read_clock().boot;
    co_await follow();
    if (changed_) continue;
    if (read_clock().boot - began > kLongestPause) pause = kFirstPause;
    co_await bell_.wait(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace forkmend::daemon
