// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/text.hpp"

namespace forkmend::engine {

Result<std::string> read_whole(const Descriptor& file, const std::string& path, std::size_t limit) {
  std::string content;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + printable(path));
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) {
      return Error{Errc::too_large,
                   printable(path) + " is larger than " + std::to_string(limit) + " bytes"};
    }
  }
}

Result<void> write_whole(const Descriptor& file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error(errno, "writing");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ok();
}

Result<void> replace_whole(const Descriptor& directory, const std::string& name,
                           std::string_view content) {
  const std::string temporary = name + ".new";
  static_cast<void>(unlinkat(directory.get(), temporary.c_str(), 0));
  const Descriptor file(openat(directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(errno, "making " + temporary);
  if (auto written = write_whole(file, content); !written) {
    static_cast<void>(unlinkat(directory.get(), temporary.c_str(), 0));
    return written;
  }
  if (renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) == 0) return ok();
  return errno_error(errno, "renaming " + temporary);
}

}  // namespace forkmend::engine
