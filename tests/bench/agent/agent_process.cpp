// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "bench/agent/agent_process.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

constexpr std::chrono::minutes kPatience{5};

std::string program_to_measure() {
  const char* path = std::getenv("FORKMEND_PROGRAM");
  if (path == nullptr) throw std::runtime_error("FORKMEND_PROGRAM does not name the program");
  return path;
}

std::int64_t number_in(std::string_view line) {
  const auto words = split_blanks(line);
  return words.size() < 2 ? 0 : parse_integer(words[1]).value_or(0);
}

void write_config(const std::string& file, const std::string& directory,
                  const std::vector<std::string>& urls) {
  std::ofstream out(file);
  out << "schema = 1\nmode = \"observe\"\n[discovery]\nenabled = false\n[metrics]\nlisten = "
         "\"off\"\n[control]\nsocket = \""
      << directory << "/control.sock\"\n";
  for (const std::string& url : urls) out << "[[instance]]\nurl = \"" << url << "\"\n";
}

}  // namespace

ProcessUse use_of(pid_t pid) {
  ProcessUse use;
  const std::string process = "/proc/" + std::to_string(pid);
  const std::string status = read_file(process + "/status");
  for (const std::string_view line : lines_of(status)) {
    if (line.starts_with("VmRSS:")) use.rss = number_in(line);
    if (line.starts_with("RssAnon:")) use.rss_anon = number_in(line);
    if (line.starts_with("voluntary_ctxt_switches:")) {
      use.wakeups = static_cast<std::uint64_t>(number_in(line));
    }
  }
  for (const auto& task : std::filesystem::directory_iterator(process + "/task")) {
    const std::string schedstat = read_file(task.path() / "schedstat");
    const auto words = split_blanks(schedstat);
    if (!words.empty()) use.cpu += parse_number(words.front()).value_or(0) / 1e3;
  }
  for (const auto& file : std::filesystem::directory_iterator(process + "/fd")) {
    use.open_files += file.exists() || file.is_symlink() ? 1 : 0;
  }
  return use;
}

AgentProcess::AgentProcess(const std::vector<std::string>& urls)
    : told_((dir_.path() / "notify").string()) {
  const std::string directory = dir_.path().string();
  write_config(directory + "/forkmend.toml", directory, urls);
  ProgramOptions options;
  options.environment["NOTIFY_SOCKET"] = directory + "/notify";
  pid_ = start_program(
      {"sh", "-c", "exec \"$@\" 2>\"$0\"", directory + "/agent.log", program_to_measure(),
       "--state", directory + "/state", "-c", directory + "/forkmend.toml", "agent"},
      options);
  const std::string all =
      "watching " + std::to_string(urls.size()) + (urls.size() == 1 ? " server;" : " servers;");
  if (!told_.wait_for(all, kPatience).empty()) return;
  const std::string log = read_file(directory + "/agent.log");
  end_program(pid_);
  throw std::runtime_error("the agent does not watch all servers: " +
                           log.substr(log.size() > 2000 ? log.size() - 2000 : 0));
}

AgentProcess::~AgentProcess() {
  end_program(pid_);
}

}  // namespace forkmend::testing
