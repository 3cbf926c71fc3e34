// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/soak_server.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace fs = std::filesystem;

namespace {

/// BGSAVE answers when it has forked.
void kill_child_of(pid_t pid) {
  const std::string id = std::to_string(pid);
  const std::string children = read_file("/proc/" + id + "/task/" + id + "/children");
  if (!children.empty()) kill(static_cast<pid_t>(std::stol(children)), SIGKILL);
}

}  // namespace

std::string to_string(Injury injury) {
  switch (injury) {
    case Injury::forks_refused:
      return "forks refused";
    case Injury::directory_shut:
      return "directory shut";
    case Injury::child_killed:
      return "child killed";
    case Injury::stops_answering:
      return "stops answering";
    case Injury::dies:
      return "dies";
  }
  return "unknown";
}

SoakServer::SoakServer() {
  start();
  url_ = server_->url();
}

void SoakServer::start() {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  if (!url_.empty()) {
    options.arguments.insert(options.arguments.end(), {"--port", url_.substr(url_.rfind(':') + 1)});
  }
  server_ = std::make_unique<RedisServer>(options);
  limits_ = nproc_limits(server_->pid());
  settings_ = settings();
}

std::string SoakServer::settings() const {
  return server_->call({"CONFIG", "GET", "*"});
}

void SoakServer::injure(Injury injury) {
  well_ = false;
  injury_ = injury;
  injured_at_ = read_clock().wall;
  switch (injury) {
    case Injury::forks_refused:
      refuse_forks_by_nproc(server_->pid());
      limits_ = nproc_limits(server_->pid());
      server_->call({"BGSAVE"});
      return;
    case Injury::directory_shut:
      fs::permissions(server_->directory(), fs::perms::owner_read | fs::perms::owner_exec);
      server_->call({"BGSAVE"});
      return;
    case Injury::child_killed:
      // An earlier injury may refuse the fork: then this is one of that kind once more.
      server_->call({"CONFIG", "SET", "rdb-key-save-delay", "10000"});
      server_->call({"BGSAVE"});
      kill_child_of(server_->pid());
      server_->call({"CONFIG", "SET", "rdb-key-save-delay", "0"});
      return;
    case Injury::stops_answering:
      kill(server_->pid(), SIGSTOP);
      return;
    case Injury::dies:
      server_->kill_now();
      start();
      return;
  }
}

void SoakServer::repair() {
  switch (injury_) {
    case Injury::forks_refused:
      set_nproc(server_->pid(), "4000:");
      limits_ = nproc_limits(server_->pid());
      break;
    case Injury::directory_shut:
      fs::permissions(server_->directory(), fs::perms::owner_all);
      break;
    case Injury::stops_answering:
      kill(server_->pid(), SIGCONT);
      break;
    case Injury::child_killed:
    case Injury::dies:
      break;
  }
  if (last_save() != "ok") save();
}

void SoakServer::load() const {
  if (!well_ && injury_ == Injury::stops_answering) return;
  server_->call(
      {"EVAL", "for i = 1, 200 do redis.pcall('SET', 'k:' .. math.random(5000), i) end", "0"});
}

void SoakServer::save() const {
  server_->call({"BGSAVE"});
}

std::string SoakServer::drift() const {
  std::string found;
  const std::string limits = nproc_limits(server_->pid());
  if (limits != limits_) found += url_ + ": nproc " + limits_ + " -> " + limits + "\n";
  const std::string now = settings();
  const auto before = lines_of(settings_);
  const auto after = lines_of(now);
  if (before.size() != after.size()) found += url_ + ": other settings\n";
  for (std::size_t i = 1; i < std::min(before.size(), after.size()); ++i) {
    if (before[i] == after[i]) continue;
    found.append(url_).append(": ").append(before[i - 1]).append(" ").append(before[i]);
    found.append(" -> ").append(after[i]).append("\n");
  }
  return found;
}

}  // namespace forkmend::testing
