// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/errno_names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

struct Name {
  std::string_view text;
  int number;
};

// What fork, open, write, fsync, rename, chdir and sockets can fail with. Where two lines have the
// same number, the first is glibc's wording and the second musl's.
constexpr auto kNames = std::to_array<Name>({
    {"Operation not permitted", EPERM},
    {"No such file or directory", ENOENT},
    {"No such process", ESRCH},
    {"Interrupted system call", EINTR},
    {"Input/output error", EIO},
    {"I/O error", EIO},
    {"No such device or address", ENXIO},
    {"Bad file descriptor", EBADF},
    {"No child processes", ECHILD},
    {"No child process", ECHILD},
    {"Resource temporarily unavailable", EAGAIN},
    {"Try again", EAGAIN},
    {"Cannot allocate memory", ENOMEM},
    {"Out of memory", ENOMEM},
    {"Permission denied", EACCES},
    {"Bad address", EFAULT},
    {"Device or resource busy", EBUSY},
    {"Resource busy", EBUSY},
    {"File exists", EEXIST},
    {"Invalid cross-device link", EXDEV},
    {"Cross-device link", EXDEV},
    {"No such device", ENODEV},
    {"Not a directory", ENOTDIR},
    {"Is a directory", EISDIR},
    {"Invalid argument", EINVAL},
    {"Too many open files in system", ENFILE},
    {"Too many open files", EMFILE},
    {"No file descriptors available", EMFILE},
    {"Text file busy", ETXTBSY},
    {"File too large", EFBIG},
    {"No space left on device", ENOSPC},
    {"Illegal seek", ESPIPE},
    {"Invalid seek", ESPIPE},
    {"Read-only file system", EROFS},
    {"Too many links", EMLINK},
    {"Broken pipe", EPIPE},
    {"Resource deadlock avoided", EDEADLK},
    {"Resource deadlock would occur", EDEADLK},
    {"File name too long", ENAMETOOLONG},
    {"Filename too long", ENAMETOOLONG},
    {"No locks available", ENOLCK},
    {"Function not implemented", ENOSYS},
    {"Directory not empty", ENOTEMPTY},
    {"Too many levels of symbolic links", ELOOP},
    {"Symbolic link loop", ELOOP},
    {"Value too large for defined data type", EOVERFLOW},
    {"Value too large for data type", EOVERFLOW},
    {"Operation not supported", EOPNOTSUPP},
    {"Not supported", EOPNOTSUPP},
    {"No buffer space available", ENOBUFS},
    {"Connection reset by peer", ECONNRESET},
    {"Transport endpoint is not connected", ENOTCONN},
    {"Socket not connected", ENOTCONN},
    {"Connection timed out", ETIMEDOUT},
    {"Operation timed out", ETIMEDOUT},
    {"Connection refused", ECONNREFUSED},
    {"No route to host", EHOSTUNREACH},
    {"Host is unreachable", EHOSTUNREACH},
    {"Stale file handle", ESTALE},
    {"Stale NFS file handle", ESTALE},
    {"Structure needs cleaning", EUCLEAN},
    {"Remote I/O error", EREMOTEIO},
    {"Disk quota exceeded", EDQUOT},
    {"Quota exceeded", EDQUOT},
    {"No medium found", ENOMEDIUM},
    {"Operation canceled", ECANCELED},
});

constexpr int kMaxErrno = 4095;  // MAX_ERRNO of include/linux/err.h

}  // namespace

std::optional<int> errno_from_text(std::string_view text) {
  const auto* found = std::ranges::find(kNames, text, &Name::text);
  if (found != kNames.end()) return found->number;
  constexpr std::string_view kUnknown = "Unknown error ";
  if (!text.starts_with(kUnknown)) return std::nullopt;
  const auto number = parse_integer(text.substr(kUnknown.size()));
  if (!number || *number <= 0 || *number > kMaxErrno) return std::nullopt;
  return static_cast<int>(*number);
}

}  // namespace forkmend::redis
