// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/sysctl.hpp"

#include "base/text.hpp"
#include "host/counters.hpp"

namespace forkmend::host {

std::string sysctl_path(std::string_view key) {
  std::string path(key);
  const std::size_t first = path.find_first_of("./");
  if (first != std::string::npos && path[first] == '.') {
    for (char& c : path) {
      if (c == '.') {
        c = '/';
      } else if (c == '/') {
        c = '.';
      }
    }
  }
  return "/proc/sys/" + path;
}

Result<std::string> read_sysctl(const Root& root, std::string_view key) {
  auto text = root.read(sysctl_path(key));
  if (!text) return text.error();
  return std::string(trim(*text));
}

Result<std::int64_t> read_sysctl_integer(const Root& root, std::string_view key) {
  return read_number(root, sysctl_path(key));
}

}  // namespace forkmend::host
