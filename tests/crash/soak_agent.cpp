// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "crash/soak_agent.hpp"

#include <sys/wait.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "support/lab/program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

/// A cooldown of nothing and no breaker: every injury is to be dealt with.
constexpr const char* kPolicy =
    "schema = 1\nmode = \"heal\"\n[rails]\ncooldown = \"0s\"\nmax_incidents_per_hour = 1000\n"
    "same_cause_limit = 1000\n[[rule]]\nname = \"n\"\ncause = [\"nproc-limit\"]\n"
    "try = [\"nproc-limit\"]\n";

json::object parsed(const ProgramResult& result) {
  json::error_code failure;
  const json::value document = json::parse(result.out, failure);
  return !failure && document.is_object() ? document.get_object() : json::object();
}

}  // namespace

SoakAgent::SoakAgent(const std::vector<std::string>& urls) : forkmend_(ordinary_user()) {
  std::string toml = "schema = 1\npolicy = \"" + forkmend_.policy(kPolicy) +
                     "\"\n[discovery]\nenabled = false\n[poll]\ninterval = \"200ms\"\n" +
                     "[metrics]\nlisten = \"off\"\n[control]\nsocket = \"" +
                     beside("control.sock") + "\"\n";
  for (const std::string& url : urls) toml += "[[instance]]\nurl = \"" + url + "\"\n";
  config_ = beside("forkmend.toml");
  write_text(config_, toml);
  if (const auto user = ordinary_user()) {
    if (chown(config_.c_str(), *user, *user) != 0) throw std::runtime_error("chown " + config_);
  }
}

SoakAgent::~SoakAgent() {
  end_program(pid_);
}

std::string SoakAgent::beside(const std::string& name) const {
  return (fs::path(forkmend_.state_dir()).parent_path() / name).string();
}

void SoakAgent::start() {
  ProgramOptions options;
  options.run_as = ordinary_user();
  pid_ =
      start_program({"sh", "-c", "exec \"$@\" 2>>\"$0\"", beside("agent.log"), beside("forkmend"),
                     "--state", forkmend_.state_dir(), "-c", config_, "agent"},
                    options);
}

void SoakAgent::kill_now() {
  end_program(pid_);
  pid_ = -1;
}

int SoakAgent::stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ProgramResult SoakAgent::run(std::vector<std::string> words) const {
  words.insert(words.begin(), {"-c", config_});
  return forkmend_.run(std::move(words));
}

json::object SoakAgent::entry(const std::string& url) const {
  const json::object document = parsed(run({"--json", "status"}));
  const json::value* agent = document.if_contains("agent");
  if (agent == nullptr || !agent->is_object()) return {};
  for (const json::value& value : agent->get_object().at("servers").as_array()) {
    if (value.get_object().at("endpoint").as_string() == url) return value.get_object();
  }
  return {};
}

json::object SoakAgent::history() const {
  return parsed(run({"--json", "history"}));
}

long SoakAgent::resident_kib() const {
  const std::string status = read_file("/proc/" + std::to_string(pid_) + "/status");
  for (const auto line : lines_of(status)) {
    if (line.starts_with("VmRSS:")) return std::stol(std::string(line.substr(6)));
  }
  return 0;
}

int SoakAgent::descriptors() const {
  const fs::directory_iterator open("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<int>(std::distance(begin(open), end(open)));
}

std::string SoakAgent::log() const {
  return read_file(beside("agent.log"));
}

}  // namespace forkmend::testing
