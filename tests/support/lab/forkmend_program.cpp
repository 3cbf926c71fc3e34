// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/lab/forkmend_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/text.hpp"

namespace forkmend::testing {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

std::string program_path() {
  const char* path = std::getenv("FORKMEND_PROGRAM");
  if (path == nullptr)
    throw std::runtime_error("FORKMEND_PROGRAM is not set: run through meson test");
  return path;
}

void own(const fs::path& path, const std::optional<uid_t>& user) {
  if (user && chown(path.c_str(), *user, *user) != 0) {
    throw std::runtime_error("chown " + path.string());
  }
}

}  // namespace

Forkmend::Forkmend(std::optional<uid_t> run_as) : run_as_(run_as) {
  fs::copy_file(program_path(), dir_.path() / "forkmend");
  chmod((dir_.path() / "forkmend").c_str(), 0755);
  fs::create_directory(dir_.path() / "state");
  fs::permissions(dir_.path() / "state", fs::perms::owner_all);
  own(dir_.path(), run_as_);
  own(dir_.path() / "state", run_as_);
}

std::string Forkmend::state_dir() const {
  return (dir_.path() / "state").string();
}

std::string Forkmend::policy(const std::string& toml) const {
  write_tree(dir_.path(), {{"/policy.toml", toml}});
  const fs::path path = dir_.path() / "policy.toml";
  own(path, run_as_);
  return path.string();
}

ProgramResult Forkmend::run(std::vector<std::string> words,
                            std::map<std::string, std::string> environment) const {
  std::vector<std::string> argv = {(dir_.path() / "forkmend").string(), "--state", state_dir()};
  argv.insert(argv.end(), words.begin(), words.end());
  ProgramOptions options;
  options.environment = std::move(environment);
  options.run_as = run_as_;
  return run_program(argv, options);
}

pid_t Forkmend::start(const std::vector<std::string>& words, const std::string& output) const {
  std::vector<std::string> argv = {"sh",
                                   "-c",
                                   "exec \"$@\" >\"$0\" 2>&1",
                                   output,
                                   (dir_.path() / "forkmend").string(),
                                   "--state",
                                   state_dir()};
  argv.insert(argv.end(), words.begin(), words.end());
  ProgramOptions options;
  options.run_as = run_as_;
  return start_program(argv, options);
}

json::object Forkmend::json(std::vector<std::string> words, int* exit_code) const {
  words.insert(words.begin(), "--json");
  const ProgramResult result = run(std::move(words));
  *exit_code = result.exit_code;
  boost::system::error_code failure;
  json::value document = json::parse(result.out, failure);
  if (failure || !document.is_object()) {
    throw std::runtime_error("no JSON document on stdout: " + result.out +
                             "\nstderr: " + result.err);
  }
  return document.as_object();
}

const json::object& only_instance(const json::object& document) {
  const auto& all = document.at("instances").as_array();
  if (all.size() != 1) throw std::runtime_error("not one instance: " + json::serialize(document));
  return all.front().as_object();
}

std::string at_path(const json::object& document, const std::string& path) {
  const json::value whole(document);
  const json::value* here = &whole;
  for (const auto part : split(path, '.')) {
    if (const auto* object = here->if_object()) {
      here = object->if_contains(part);
    } else if (const auto* array = here->if_array()) {
      const auto index = parse_integer(part);
      here = index ? array->if_contains(static_cast<std::size_t>(*index)) : nullptr;
    } else {
      here = nullptr;
    }
    if (here == nullptr) return {};
  }
  return here->is_string() ? std::string(here->as_string()) : json::serialize(*here);
}

}  // namespace forkmend::testing
