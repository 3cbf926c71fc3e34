// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/save_dir.hpp"

#include <unistd.h>

#include <boost/json/array.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/program.hpp"

namespace forkmend::testing {

namespace fs = std::filesystem;

SaveDir::SaveDir() {
  fs::create_directory(path());
  // Others have to get through to what lies below.
  fs::permissions(dir_.path(), fs::perms::owner_all | fs::perms::group_exec |
                                   fs::perms::others_exec | fs::perms::others_read);
  fs::permissions(path(), fs::perms::owner_all);
  give(path());
}

std::string SaveDir::beside(const std::string& name) const {
  return (dir_.path() / name).string();
}

void SaveDir::give(const std::string& path) {
  const auto user = ordinary_user();
  if (user && chown(path.c_str(), *user, *user) != 0) throw std::runtime_error("chown " + path);
}

ServerOptions SaveDir::server(std::vector<std::string> arguments) const {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "", "--rdbcompression", "no", "--dir", path()};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

void fill(const RedisServer& server) {
  server.call({"DEBUG", "POPULATE", "20000", "key", "400"});
}

void fail_to_write(const RedisServer& server) {
  const std::size_t before = read_file(server.log_file()).size();
  const std::string answer = server.call({"BGSAVE"});
  // A warning; the notices of a start and a success begin with the same words.
  const bool failed =
      wait_for_text(server.log_file(), "# Background saving ", std::chrono::seconds(30), before);
  if (!failed) {
    throw std::runtime_error("BGSAVE did not fail: " + answer + "\n" +
                             read_file(server.log_file()));
  }
}

namespace {

/// Id and confidence of each, as `forkmend diagnose` lists them.
std::vector<std::pair<std::string, std::string>> listed(const RedisServer& server,
                                                        std::string_view list) {
  int exit_code = -1;
  const auto document = Forkmend().json({"diagnose", "-i", server.url()}, &exit_code);
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& value : only_instance(document).at(list).as_array()) {
    const auto& one = value.as_object();
    all.emplace_back(at_path(one, "id"), at_path(one, "confidence"));
  }
  return all;
}

}  // namespace

std::string diagnosed(const RedisServer& server) {
  std::string all;
  for (const auto& [id, confidence] : listed(server, "causes")) {
    if (confidence == "possible" && !all.empty()) continue;
    if (!all.empty()) all += ", ";
    all.append(id).append(" ").append(confidence);
  }
  return all;
}

std::string strained(const RedisServer& server) {
  std::string all;
  for (const auto& [id, confidence] : listed(server, "strains")) {
    if (!all.empty()) all += ", ";
    all.append(id).append(" ").append(confidence);
  }
  return all;
}

}  // namespace forkmend::testing
