// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/redis_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>

#include <chrono>
#include <stdexcept>

#include "base/text.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace {

using std::chrono::seconds;

/// Nobody's on Debian (below the dynamic users' range of systemd, above the ordinary users').
constexpr uid_t kSpareUser = 60123;

std::vector<std::string> server_argv(const ServerOptions& options, const std::string& dir,
                                     int port) {
  const std::string log_file = dir + "/redis.log";
  std::vector<std::string> argv = options.prefix;
  if (options.logs_to_stdout) {
    argv.insert(argv.end(), {"sh", "-c", "exec \"$@\" >>\"$0\"", log_file});
  }
  for (const std::string& word :
       {options.program, std::string("--port"), std::to_string(port), std::string("--bind"),
        std::string("127.0.0.1"), std::string("--unixsocket"), dir + "/redis.sock",
        std::string("--unixsocketperm"), std::string("777"), std::string("--dir"), dir,
        std::string("--logfile"), options.logs_to_stdout ? std::string() : log_file,
        std::string("--daemonize"), std::string("no"), std::string("--enable-debug-command"),
        std::string("local")}) {
    argv.push_back(word);
  }
  if (!options.password.empty()) {
    argv.insert(argv.end(), {"--requirepass", options.password});
  }
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  return argv;
}

}  // namespace

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

std::string server_program() {
  const char* named = std::getenv("FORKMEND_REDIS_SERVER");
  return named != nullptr ? named : "redis-server";
}

std::optional<uid_t> ordinary_user() {
  return geteuid() == 0 ? std::optional<uid_t>(kSpareUser) : std::nullopt;
}

RedisServer::RedisServer(const ServerOptions& options)
    : password_(options.password), port_(free_port()) {
  const std::string dir = directory();
  const auto owner = options.run_as ? options.run_as : options.owner;
  if (owner && chown(dir.c_str(), *owner, *owner) != 0) {
    throw std::runtime_error("chown " + dir);
  }
  ProgramOptions program;
  program.run_as = options.run_as;
  pid_ = start_program(server_argv(options, dir, port_), program);
  if (!wait_for_text(log_file(), "eady to accept connections", seconds(20))) {
    end_program(pid_);
    throw std::runtime_error("the server did not start:\n" + read_file(log_file()));
  }
}

RedisServer::~RedisServer() {
  kill_now();
}

void RedisServer::kill_now() {
  end_program(pid_);
  pid_ = -1;
}

std::string RedisServer::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::unix_url() const {
  return "unix://" + directory() + "/redis.sock";
}

std::string RedisServer::call(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {"redis-cli", "-s", directory() + "/redis.sock"};
  argv.insert(argv.end(), words.begin(), words.end());
  ProgramOptions options;
  if (!password_.empty()) options.environment["REDISCLI_AUTH"] = password_;
  return std::string(trim(run_program(argv, options).out));
}

std::string RedisServer::info(const std::string& field) const {
  const std::string text = call({"INFO", "everything"});
  for (const auto line : lines_of(text)) {
    if (line.starts_with(field + ":")) return std::string(line.substr(field.size() + 1));
  }
  return {};
}

void RedisServer::save_that_fails() const {
  const std::size_t before = read_file(log_file()).size();
  const std::string answer = call({"BGSAVE"});
  if (!wait_for_text(log_file(), "Can't save in background", seconds(20), before)) {
    throw std::runtime_error("BGSAVE did not fail: " + answer + "\n" + read_file(log_file()));
  }
}

void RedisServer::wait_for_log(const std::string& text, std::size_t since) const {
  if (!wait_for_text(log_file(), text, seconds(20), since)) {
    throw std::runtime_error("no \"" + text + "\" in:\n" + read_file(log_file()));
  }
}

pid_t RedisServer::start_slow_save() const {
  constexpr std::string_view kStarted = "Background saving started by pid ";
  call({"EVAL", "for i = 1, 6000 do redis.call('SET', 'key:' .. i, i) end", "0"});
  call({"CONFIG", "SET", "rdb-key-save-delay", "10000"});
  const std::size_t before = read_file(log_file()).size();
  call({"BGSAVE"});
  wait_for_log(std::string(kStarted), before);
  // The line is whole once the next one is awaited: a pid is cut by nothing but the line's end.
  wait_for_log("\n", read_file(log_file()).find(kStarted, before));
  const std::string log = read_file(log_file());
  const auto child =
      static_cast<pid_t>(std::stol(log.substr(log.find(kStarted, before) + kStarted.size())));
  // It makes its file after it has set up its signal handler (redisFork(), then rdbSave()).
  const std::string file = directory() + "/temp-" + std::to_string(child) + ".rdb";
  if (!wait_for_file(file, std::chrono::seconds(10))) throw std::runtime_error("no " + file);
  return child;
}

std::string nproc_limits(pid_t pid) {
  const std::string limits = read_file("/proc/" + std::to_string(pid) + "/limits");
  for (const auto line : lines_of(limits)) {
    if (!line.starts_with("Max processes")) continue;
    const auto words = split_blanks(line);
    return std::string(words.at(2)) + ":" + std::string(words.at(3));
  }
  throw std::runtime_error("no limits of pid " + std::to_string(pid));
}

void set_nproc(pid_t pid, const std::string& limits) {
  // As the server's own user: root may lack CAP_SYS_RESOURCE, and then prlimit(2) wants the same
  // uid.
  struct stat status{};
  if (stat(("/proc/" + std::to_string(pid)).c_str(), &status) != 0)
    throw std::runtime_error("stat");
  ProgramOptions options;
  if (geteuid() == 0 && status.st_uid != 0) options.run_as = status.st_uid;
  const auto result =
      run_program({"prlimit", "--pid", std::to_string(pid), "--nproc=" + limits}, options);
  if (result.exit_code != 0) throw std::runtime_error("prlimit: " + result.err);
}

void refuse_forks_by_nproc(pid_t pid) {
  set_nproc(pid, "1:");
}

}  // namespace forkmend::testing
