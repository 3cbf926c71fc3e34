// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "integration/agent_program.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

constexpr std::chrono::seconds kPatience{60};

std::string program_under_test() {
  const char* path = std::getenv("FORKMEND_PROGRAM");
  if (path == nullptr) throw std::runtime_error("FORKMEND_PROGRAM is not set");
  return path;
}

}  // namespace

AgentProgram::AgentProgram() : told_((dir_.path() / "notify").string()) {
  chmod(dir_.path().c_str(), 0755);
}

AgentProgram::~AgentProgram() {
  end_program(pid_);
}

void AgentProgram::configure(std::string toml) const {
  const std::size_t at = toml.find("SOCKET");
  if (at != std::string::npos) toml.replace(at, 6, socket());
  write_tree(dir_.path(), {{"/forkmend.toml", toml}});
  chmod(config().c_str(), 0644);
}

std::string AgentProgram::secret(const std::string& name, const std::string& content) const {
  write_tree(dir_.path(), {{"/" + name, content}});
  const std::string path = (dir_.path() / name).string();
  chmod(path.c_str(), 0600);
  return path;
}

std::string AgentProgram::start(const std::map<std::string, std::string>& environment) {
  ProgramOptions options;
  options.environment = environment;
  options.environment["NOTIFY_SOCKET"] = (dir_.path() / "notify").string();
  pid_ = start_program({"sh", "-c", "exec \"$@\" 2>\"$0\"", log_file(), program_under_test(), "-v",
                        "--state", forkmend_.state_dir(), "-c", config(), "agent"},
                       options);
  std::string ready = told_.wait_for("READY=1", kPatience);
  if (ready.empty()) throw std::runtime_error("the agent does not get ready: " + log());
  return ready;
}

int AgentProgram::stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string AgentProgram::log() const {
  return read_file(log_file());
}

ProgramResult AgentProgram::run(std::vector<std::string> words) const {
  words.insert(words.begin(), {"-c", config()});
  return forkmend_.run(std::move(words));
}

pid_t AgentProgram::start_beside(const std::vector<std::string>& words,
                                 const std::string& output) const {
  std::vector<std::string> argv = {
      "sh",     "-c",      "exec \"$@\" >\"$0\"", output, program_under_test(), "-c",
      config(), "--state", forkmend_.state_dir()};
  argv.insert(argv.end(), words.begin(), words.end());
  return start_program(argv);
}

boost::json::object AgentProgram::status() const {
  int code = -1;
  auto document = forkmend_.json({"-c", config(), "status"}, &code);
  if (code != 0) throw std::runtime_error("status: " + boost::json::serialize(document));
  return document.at("agent").as_object();
}

}  // namespace forkmend::testing
