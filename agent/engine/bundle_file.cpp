// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace forkmend::engine {

namespace {

Error failed(const std::filesystem::path& bundle, const std::string& name,
             std::string_view expected) {
  const int number = errno;
  Error error = errno_error(number, printable((bundle / name).string(), 1000));
  if (number == ELOOP || number == ENOTDIR) error.code = Errc::invalid;
  error.message.append("; expected ").append(expected);
  return error;
}

/// Opens part after part; no part may be a link. `flags` are of the last one.
Result<Descriptor> open_below(const std::filesystem::path& bundle, const std::string& name,
                              int flags, std::string_view expected) {
  Descriptor here(open(bundle.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!here.is_open()) return failed(bundle, "", "the directory of a bundle");
  const auto parts = split(name, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const int mode = last ? flags : O_PATH | O_DIRECTORY;
    Descriptor next(
        openat(here.get(), std::string(parts[i]).c_str(), mode | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return failed(bundle, name, expected);
    here = std::move(next);
  }
  return here;
}

}  // namespace

Result<std::string> read_bundle_file(const std::filesystem::path& bundle, const std::string& name,
                                     std::size_t limit) {
  constexpr std::string_view kExpected = "a regular file, not a link";
  auto file = open_below(bundle, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, kExpected);
  if (!file) return file.error();
  struct stat status{};
  if (fstat(file->get(), &status) != 0) return failed(bundle, name, kExpected);
  const std::string shown = printable((bundle / name).string(), 1000);
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, shown + ": not a regular file; expected " + std::string(kExpected)};
  }
  std::string content;
  std::array<char, 65536> buffer{};
  while (content.size() <= limit) {
    const ssize_t got = ::read(file->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(bundle, name, kExpected);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return Error{Errc::too_large,
               shown + ": too large; expected at most " + std::to_string(limit) + " bytes"};
}

Result<void> check_bundle_directory(const std::filesystem::path& bundle, const std::string& name) {
  auto opened = open_below(bundle, name, O_PATH | O_DIRECTORY, "a directory, not a link");
  if (!opened) return opened.error();
  return ok();
}

}  // namespace forkmend::engine
