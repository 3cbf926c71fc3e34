// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/cgroup_follower.hpp"

#include <sys/inotify.h>

#include <utility>

#include "base/clock.hpp"
#include "daemon/event_meaning.hpp"
#include "host/cgroup.hpp"

namespace forkmend::daemon {

namespace asio = boost::asio;

namespace {

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string said(const std::string& path, const std::vector<std::string>& names) {
  std::string text = path + ":";
  for (const std::string& name : names) text.append(" ").append(name);
  return text + " rose";
}

}  // namespace

Result<std::vector<std::string>> cgroup_event_files(const host::Root& root, std::int64_t pid) {
  std::vector<std::string> paths;
  std::optional<Error> first;
  for (const char* controller : {"memory", "pids"}) {
    const auto place = host::find_cgroup(root, pid, controller);
    if (!place || place->version != host::CgroupVersion::v2) {
      if (!first) {
        first = place ? Error{Errc::unsupported, "cgroups of version 1 have no event files for " +
                                                     std::string(controller)}
                      : place.error();
      }
      continue;
    }
    for (const std::string& level : place->levels) {
      std::string path = level;
      path.append("/").append(controller).append(".events");
      if (root.exists(path)) paths.push_back(std::move(path));
    }
  }
  if (paths.empty() && first) return *first;
  return paths;
}

CgroupFollower::CgroupFollower(const asio::any_io_executor& executor, host::Root root,
                               FileWatch* files, std::function<void(Event)> on_event)
    : root_(std::move(root)), files_(files), on_event_(std::move(on_event)), bell_(executor) {}

Result<void> CgroupFollower::add(const std::string& endpoint,
                                 const std::vector<std::string>& paths) {
  remove(endpoint);
  for (const std::string& path : paths) {
    const std::uint64_t id = next_++;
    auto watch = files_->add(root_.at(path).string(), IN_MODIFY,
                             [this, id](std::uint32_t, const std::string&) {
                               dirty_.insert(id);
                               bell_.ring();
                             });
    if (!watch) return watch.error();
    auto counters = host::read_counters(root_, path);
    followed_.emplace(id, Followed{.endpoint = endpoint,
                                   .path = path,
                                   .watch = *watch,
                                   .counters = counters ? std::move(*counters) : host::Counters()});
  }
  return ok();
}

void CgroupFollower::remove(const std::string& endpoint) {
  std::erase_if(followed_, [&](const auto& entry) {
    if (entry.second.endpoint != endpoint) return false;
    files_->drop(entry.second.watch);
    dirty_.erase(entry.first);
    return true;
  });
}

void CgroupFollower::compare(Followed& file) {
  auto now = host::read_counters(root_, file.path);
  if (!now) return;  // the cgroup has gone, and its server with it
  const auto names = risen(file.counters, *now);
  file.counters = std::move(*now);
  const auto meaning = meaning_of_counters(base_name(file.path), names);
  if (!meaning) return;
  on_event_(Event{.source = EventSource::cgroup,
                  .meaning = *meaning,
                  .endpoint = file.endpoint,
                  .seen = read_clock().boot,
                  .delay = {},
                  .says = said(file.path, names)});
}

asio::awaitable<void> CgroupFollower::run() {
  constexpr std::chrono::hours kIdle{1};
  while (true) {
    if (dirty_.empty()) co_await bell_.wait(kIdle);
    std::set<std::uint64_t> now;
    now.swap(dirty_);
    for (const std::uint64_t id : now) {
      const auto found = followed_.find(id);
      if (found != followed_.end()) compare(found->second);
    }
  }
}

}  // namespace forkmend::daemon
