// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/assert/source_location.hpp>
#include <string>
#include <string_view>

namespace forkmend {

/// What kind of thing went wrong. Callers branch on this; people read Error::message.
enum class Errc {
  not_found,          ///< ENOENT, ESRCH, unknown key
  permission_denied,  ///< EACCES, EPERM, NOPERM, authentication
  read_only,          ///< EROFS
  no_space,           ///< ENOSPC, EDQUOT
  io,                 ///< any other failed system call; Error::sys_errno says which
  parse,              ///< text that is not what its format promises
  invalid,            ///< a caller's or user's value that cannot be used
  timeout,            ///< the deadline passed
  closed,             ///< the peer went away
  protocol,           ///< the peer breaks RESP
  server_error,       ///< the server answered with an error reply
  too_large,          ///< over a bound that protects us
  unsupported,        ///< this host, kernel or server cannot do it
  busy,               ///< somebody else holds the lock, or another child runs
  changed,            ///< the live value is not the expected one
  cancelled,          ///< stop file, signal or pause
};

/// Stable spelling of a code, e.g. "permission-denied".
[[nodiscard]] std::string_view to_string(Errc code);

/// One thing that can happen. Cheap to move, never thrown on purpose.
struct Error {
  Errc code = Errc::io;
  std::string message;
  int sys_errno = 0;
  bool seen_absent = false;  ///< of a captured tree: the capture saw that there is no such file

  /// Adds what was being attempted: "while <what>".
  [[nodiscard]] Error&& during(std::string_view what) &&;
  [[nodiscard]] Error during(std::string_view what) const&;
};

/// An Error for a failed system call; the code follows from errno.
[[nodiscard]] Error errno_error(int sys_errno, std::string_view what);

/// strerror without its thread-safety trap.
[[nodiscard]] std::string errno_text(int sys_errno);

/// "ENOMEM" for 12; "errno 4242" where there is no name.
[[nodiscard]] std::string errno_name(int sys_errno);

/// Called by boost::system::result::value() on a failed result: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace forkmend
