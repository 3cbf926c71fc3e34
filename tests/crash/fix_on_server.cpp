// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/fix_on_server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

namespace forkmend::testing {

namespace {

/// In the supervised child; the exit code where it does not become the program.
int become(const std::vector<std::string>& argv) {
  if (const auto user = ordinary_user()) {
    if (setgid(*user) != 0 || setuid(*user) != 0) return 126;
  }
  if (std::freopen("/dev/null", "w", stdout) == nullptr) return 126;
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return 126;
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(words.front(), words.data());
  return 127;
}

}  // namespace

OrdinaryPlace::OrdinaryPlace() {
  if (const char* place = std::getenv("TMPDIR")) before_ = place;
  setenv("TMPDIR", "/tmp", 1);
}

OrdinaryPlace::~OrdinaryPlace() {
  if (before_) {
    setenv("TMPDIR", before_->c_str(), 1);
  } else {
    unsetenv("TMPDIR");
  }
}

FixOnServer::FixOnServer(std::vector<std::string> server_arguments)
    : arguments_(std::move(server_arguments)) {
  start_server({});
  url_ = server_->url();
  server_->call({"SET", "order:1", "paid"});
  refuse_forks_by_nproc(server_->pid());
  broken_ = nproc_limits(server_->pid());
}

void FixOnServer::start_server(std::vector<std::string> more) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  options.arguments.insert(options.arguments.end(), arguments_.begin(), arguments_.end());
  options.arguments.insert(options.arguments.end(), more.begin(), more.end());
  server_ = std::make_unique<RedisServer>(options);
}

void FixOnServer::replace_server() {
  server_->kill_now();
  start_server({"--port", url_.substr(url_.rfind(':') + 1)});
}

void FixOnServer::follow(const std::string& policy, std::vector<std::string> more) {
  policy_ = {"--policy", forkmend_.policy(policy)};
  more_ = std::move(more);
}

void FixOnServer::begin() {
  ++run_;
  server_->save_that_fails();
}

std::vector<std::string> FixOnServer::command(std::vector<std::string> words) const {
  const auto place = std::filesystem::path(forkmend_.state_dir()).parent_path();
  std::vector<std::string> argv{(place / "forkmend").string(), "--state",
                                (place / ("state-" + std::to_string(run_))).string()};
  argv.insert(argv.end(), std::make_move_iterator(words.begin()),
              std::make_move_iterator(words.end()));
  return argv;
}

SupervisedEnd FixOnServer::fix(const Decide& decide) {
  std::vector<std::string> words = policy_;
  words.insert(words.end(), {"fix", "--yes", "-i", url_});
  words.insert(words.end(), more_.begin(), more_.end());
  const auto argv = command(std::move(words));
  return supervise([&] { return become(argv); }, decide);
}

ProgramResult FixOnServer::forkmend(std::vector<std::string> words) const {
  ProgramOptions options;
  options.run_as = ordinary_user();
  return run_program(command(std::move(words)), options);
}

void FixOnServer::start_again() const {
  const auto next = forkmend({"agent", "--once", "--mode", "observe", "-i", url_});
  EXPECT_GE(next.exit_code, 0) << next.out << next.err;
}

std::string FixOnServer::incident_state() const {
  const auto history = boost::json::parse(forkmend({"--json", "history"}).out).as_object();
  return at_path(history, "incidents.0.state");
}

std::string FixOnServer::change_states() const {
  const auto history = boost::json::parse(forkmend({"--json", "history"}).out).as_object();
  const std::string id = at_path(history, "incidents.0.id");
  const auto one = boost::json::parse(forkmend({"--json", "history", "show", id}).out).as_object();
  std::string states;
  for (int i = 0;; ++i) {
    const std::string state = at_path(one, "incidents.0.changes." + std::to_string(i) + ".state");
    if (state.empty()) return states;
    states += (states.empty() ? "" : ", ") + state;
  }
}

}  // namespace forkmend::testing
