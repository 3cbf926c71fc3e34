// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/whole_file.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

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

}  // namespace forkmend::engine
