// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kApart{10};

}  // namespace

FileWatch::FileWatch(const asio::any_io_executor& executor) : inotify_(executor) {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    began_ = errno_error(errno, "inotify_init1 (fs.inotify.max_user_instances)");
  } else {
    inotify_.assign(descriptor);
  }
}

Result<FileWatch::WatchId> FileWatch::add(const std::string& path, std::uint32_t mask,
                                          OnEvent on_event) {
  if (!began_) return began_.error();
  const int descriptor =
      inotify_add_watch(inotify_.native_handle(), path.c_str(), mask | IN_MASK_ADD);
  if (descriptor < 0) return errno_error(errno, "watching " + printable(path));
  const WatchId id = next_++;
  watchers_.emplace(id, Watcher{descriptor, std::move(on_event)});
  by_descriptor_[descriptor].insert(id);
  return id;
}

void FileWatch::drop(WatchId id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  const int descriptor = found->second.descriptor;
  watchers_.erase(found);
  const auto shared = by_descriptor_.find(descriptor);
  if (shared == by_descriptor_.end()) return;
  shared->second.erase(id);
  if (!shared->second.empty()) return;
  by_descriptor_.erase(shared);
  inotify_rm_watch(inotify_.native_handle(), descriptor);
}

void FileWatch::tell(int descriptor, std::uint32_t mask, const std::string& name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    for (const auto& [id, watcher] : watchers_) watcher.on_event(mask, name);
    return;
  }
  const auto found = by_descriptor_.find(descriptor);
  if (found == by_descriptor_.end()) return;
  for (const WatchId id : found->second) watchers_.at(id).on_event(mask, name);
  // The kernel has dropped the watch with its file, and may give the number away again.
  if ((mask & IN_IGNORED) != 0) by_descriptor_.erase(found);
}

/// All that is there, at most a bufferful at a time; false at the end.
bool FileWatch::hand_over() {
  constexpr std::size_t kBuffer = std::size_t{16} << 10U;
  alignas(inotify_event) std::array<char, kBuffer> buffer{};
  const ssize_t got = read(inotify_.native_handle(), buffer.data(), buffer.size());
  if (got <= 0) return false;
  std::size_t at = 0;
  while (at + sizeof(inotify_event) <= static_cast<std::size_t>(got)) {
    inotify_event head{};
    std::memcpy(&head, &buffer.at(at), sizeof head);
    std::string name;
    if (head.len > 0) name = &buffer.at(at + sizeof head);
    tell(head.wd, head.mask, name);
    at += sizeof head + head.len;
  }
  return true;
}

asio::awaitable<void> FileWatch::run() {
  if (!began_) co_return;
  asio::steady_timer timer(inotify_.get_executor());
  while (true) {
    co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    constexpr int kMostReads = 64;
    for (int reads = 0; reads < kMostReads && hand_over();) ++reads;
    timer.expires_after(kApart);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace forkmend::daemon
