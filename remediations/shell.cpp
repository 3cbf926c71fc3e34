// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/shell.hpp"

#include <cctype>

#include "base/text.hpp"

namespace forkmend::remediations {

namespace {

std::string_view directory_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

std::string print_line(std::string_view content) {
  if (!content.ends_with('\n')) return "printf %s " + shell_quote(content);
  std::string line = "printf '%s\\n'";
  content.remove_suffix(1);
  for (const std::string_view part : split(content, '\n')) line += " " + shell_quote(part);
  return line;
}

std::string remove_line(std::string_view path) {
  std::string line = "rm -f " + shell_quote(path);
  const std::string_view directory = directory_of(path);
  if (directory.starts_with("/etc/systemd/system/")) {
    line += " && rmdir --ignore-fail-on-non-empty " + shell_quote(directory);
  }
  return line;
}

/// redis-cli with where to connect to.
std::string client(std::string_view endpoint) {
  constexpr std::string_view kUnix = "unix://";
  if (endpoint.starts_with(kUnix)) {
    return "redis-cli -s " + shell_quote(endpoint.substr(kUnix.size()));
  }
  return "redis-cli -u " + shell_quote(endpoint);
}

}  // namespace

std::string sysctl_line(std::string_view key, std::string_view value) {
  return "sysctl -w " + shell_quote(std::string(key) + "=" + std::string(value));
}

std::string echo_line(std::string_view value, std::string_view path) {
  return "echo " + shell_quote(value) + " > " + shell_quote(path);
}

std::string file_line(std::string_view path, const std::optional<std::string>& content,
                      std::string_view afterwards) {
  std::string line = content ? "mkdir -p " + shell_quote(directory_of(path)) + " && " +
                                   print_line(*content) + " > " + shell_quote(path)
                             : remove_line(path);
  if (!afterwards.empty()) line += " && systemctl " + std::string(afterwards);
  return line;
}

std::string config_set_line(std::string_view endpoint, std::string_view name,
                            std::string_view value) {
  return client(endpoint) + " config set " + shell_quote(name) + " " + shell_quote(value);
}

std::string command_line(std::string_view endpoint, std::string_view command) {
  std::string line = client(endpoint) + " ";
  for (const char c : command)
    line += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return line;
}

std::string append_line(std::string_view path, const std::vector<std::string>& lines,
                        LastLine last) {
  std::string line = last == LastLine::open ? "printf '\\n%s'" : "printf '%s\\n'";
  for (const std::string& one : lines) line += " " + shell_quote(one);
  return line + " >> " + shell_quote(path);
}

std::string cut_line(std::string_view path, std::string_view first, std::string_view last) {
  const std::string range = "/^" + std::string(first) + "/,/^" + std::string(last) + "$/d";
  return "sed -i " + shell_quote(range) + " " + shell_quote(path);
}

}  // namespace forkmend::remediations
