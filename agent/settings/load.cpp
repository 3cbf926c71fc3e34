// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.hpp"
#include "base/text.hpp"
#include "policy/load_text.hpp"
#include "settings/control.hpp"
#include "settings/reader.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostDropIns = 1000;

fs::path drop_in_directory(const std::string& path) {
  fs::path directory(path);
  return directory.replace_extension(".d");
}

/// In the order of the bytes of their names; no directory is no drop-ins.
std::vector<std::string> drop_ins_of(const std::string& path, Reader& reader) {
  std::vector<std::string> files;
  const fs::path directory = drop_in_directory(path);
  std::error_code failure;
  fs::directory_iterator at(directory, failure);
  for (; !failure && at != fs::directory_iterator(); at.increment(failure)) {
    if (at->path().extension() == ".toml") files.push_back(at->path().string());
    if (files.size() > kMostDropIns) failure = std::make_error_code(std::errc::value_too_large);
  }
  const bool absent =
      failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory;
  if (failure && !absent) {
    reader.add_error({directory.string(),
                      {},
                      errno_error(failure.value(), "cannot be read").message +
                          "; expected a directory of at most " + std::to_string(kMostDropIns) +
                          " readable drop-ins"});
  }
  std::ranges::sort(files);
  return files;
}

void add_file(const std::string& path, Reader& reader) {
  auto text = policy::load_text(path, "configuration");
  if (auto* error = std::get_if<policy::PolicyError>(&text)) {
    reader.add_error(std::move(*error));
  } else {
    reader.add(std::get<std::string>(text), path);
  }
}

bool is_there(const std::string& path) {
  std::error_code failure;
  const auto status = fs::symlink_status(path, failure);
  return status.type() != fs::file_type::not_found;
}

void add_all(const std::string& path, Reader& reader) {
  const auto drop_ins = drop_ins_of(path, reader);
  if (is_there(path) || drop_ins.empty()) add_file(path, reader);
  for (const auto& file : drop_ins) add_file(file, reader);
}

}  // namespace

bool is_configured(const std::string& path) {
  Reader ignored;
  return is_there(path) || !drop_ins_of(path, ignored).empty();
}

LoadResult load_settings(const std::string& path) {
  Reader reader;
  add_all(path, reader);
  return std::move(reader).finish();
}

ControlSettings load_control(const std::string& path) {
  Reader reader;
  add_all(path, reader);
  return reader.control();
}

std::string default_control_socket() {
  if (geteuid() == 0) return "/run/forkmend/control.sock";
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const bool usable = runtime != nullptr && *runtime == '/';
  return usable ? std::string(runtime) + "/forkmend/control.sock" : std::string();
}

}  // namespace forkmend::settings
