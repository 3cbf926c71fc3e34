// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/message_queue.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "engine/state.hpp"
#include "engine/whole_file.hpp"

namespace forkmend::notify {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxQueueFile = std::size_t{4} << 20U;
constexpr std::string_view kEnding = ".json";
constexpr std::size_t kDigits = 20;

/// Names sort as the numbers do.
std::string queue_file(std::uint64_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%020llu.json", static_cast<unsigned long long>(number));
  return name.data();
}

std::optional<std::uint64_t> queue_number(const std::string& name) {
  if (name.size() != kDigits + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  const auto number = parse_integer(std::string_view(name).substr(0, kDigits));
  if (!number || *number < 1) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

MessageQueue::MessageQueue(std::string directory, std::size_t most)
    : path_(std::move(directory)), most_(std::max<std::size_t>(most, 1)) {}

Result<void> MessageQueue::load() {
  auto directory = engine::open_state_dir(path_);
  if (!directory) return directory.error().during("opening the queue of a notifier");
  directory_ = *std::move(directory);
  std::vector<std::uint64_t> numbers;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(path_, failure)) {
    const auto number = queue_number(entry.path().filename().string());
    if (number) numbers.push_back(*number);
  }
  if (failure) return errno_error(failure.value(), "listing " + path_);
  std::ranges::sort(numbers);
  for (const std::uint64_t number : numbers) waiting_.push_back({number, std::nullopt});
  if (!numbers.empty()) next_ = numbers.back() + 1;
  while (waiting_.size() > most_) {
    remove_front();
    ++dropped_;
  }
  return ok();
}

Result<void> MessageQueue::push(const IncidentMessage& message) {
  while (waiting_.size() >= most_) {
    remove_front();
    ++dropped_;
  }
  const std::uint64_t number = next_++;
  const std::string text = boost::json::serialize(to_json(message)) + "\n";
  const auto written = directory_.is_open()
                           ? engine::replace_whole(directory_, queue_file(number), text)
                           : Result<void>(Error{Errc::io, path_ + " is not open"});
  Entry entry{number, std::nullopt};
  if (!written) entry.in_memory = message;
  waiting_.push_back(std::move(entry));
  return written;
}

std::optional<MessageQueue::Waiting> MessageQueue::front() {
  while (!waiting_.empty()) {
    const Entry& first = waiting_.front();
    if (first.in_memory) return Waiting{first.number, *first.in_memory};
    const auto text = read(queue_file(first.number));
    if (text) {
      auto message = message_from_json(*text);
      if (message) return Waiting{first.number, *std::move(message)};
    }
    remove_front();
    ++damaged_;
  }
  return std::nullopt;
}

void MessageQueue::pop(std::uint64_t number) {
  if (!waiting_.empty() && waiting_.front().number == number) remove_front();
}

void MessageQueue::remove_front() {
  const Entry& first = waiting_.front();
  if (!first.in_memory && directory_.is_open()) {
    static_cast<void>(unlinkat(directory_.get(), queue_file(first.number).c_str(), 0));
  }
  waiting_.pop_front();
}

Result<void> MessageQueue::remember(const std::string& name, std::string_view text) const {
  if (!directory_.is_open()) return Error{Errc::io, path_ + " is not open"};
  return engine::replace_whole(directory_, name, text);
}

std::string MessageQueue::remembered(const std::string& name) const {
  auto text = read(name);
  return text ? *std::move(text) : std::string();
}

Result<std::string> MessageQueue::read(const std::string& name) const {
  const std::string path = (fs::path(path_) / name).string();
  const Descriptor file(
      openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return errno_error(errno, "opening " + path);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + path);
  if (auto own = engine::check_own_file(status, path); !own) return own.error();
  return engine::read_whole(file, path, kMaxQueueFile);
}

std::size_t remove_other_queues(const std::string& directory, const std::vector<std::string>& names,
                                WallTime now) {
  const auto before = std::chrono::file_clock::from_sys(now - kQueueKept);
  std::vector<fs::path> others;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    const bool is_queue = entry.is_directory(failure) && !entry.is_symlink(failure);
    const std::string name = entry.path().filename().string();
    const bool is_other = std::ranges::find(names, name) == names.end();
    const bool is_old = entry.last_write_time(failure) < before && !failure;
    if (is_queue && is_other && is_old) others.push_back(entry.path());
  }
  std::size_t removed = 0;
  for (const fs::path& other : others) {
    for (const auto& entry : fs::directory_iterator(other, failure)) {
      if (queue_number(entry.path().filename().string())) ++removed;
    }
    fs::remove_all(other, failure);
  }
  return removed;
}

}  // namespace forkmend::notify
