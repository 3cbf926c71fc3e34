// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/error.hpp"

#include <boost/throw_exception.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace forkmend {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::not_found:
      return "not-found";
    case Errc::permission_denied:
      return "permission-denied";
    case Errc::read_only:
      return "read-only";
    case Errc::no_space:
      return "no-space";
    case Errc::io:
      return "io";
    case Errc::parse:
      return "parse";
    case Errc::invalid:
      return "invalid";
    case Errc::timeout:
      return "timeout";
    case Errc::closed:
      return "closed";
    case Errc::protocol:
      return "protocol";
    case Errc::server_error:
      return "server-error";
    case Errc::too_large:
      return "too-large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::busy:
      return "busy";
    case Errc::changed:
      return "changed";
    case Errc::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error&& Error::during(std::string_view what) && {
  message.append(" (while ").append(what).append(")");
  return std::move(*this);
}

Error Error::during(std::string_view what) const& {
  return Error(*this).during(what);
}

namespace {

Errc code_of(int sys_errno) {
  switch (sys_errno) {
    case ENOENT:
    case ESRCH:
    case ENODEV:
      return Errc::not_found;
    case EACCES:
    case EPERM:
      return Errc::permission_denied;
    case EROFS:
      return Errc::read_only;
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case ETIMEDOUT:
      return Errc::timeout;
    case ECONNRESET:
    case EPIPE:
      return Errc::closed;
    case EINVAL:
      return Errc::invalid;
    case EBUSY:
    case EEXIST:
      return Errc::busy;
    case EOPNOTSUPP:
    case ENOSYS:
      return Errc::unsupported;
    default:
      return Errc::io;
  }
}

}  // namespace

Error errno_error(int sys_errno, std::string_view what) {
  std::string message(what);
  message.append(": ").append(errno_text(sys_errno));
  return Error{code_of(sys_errno), std::move(message), sys_errno};
}

std::string errno_text(int sys_errno) {
  return std::generic_category().message(sys_errno);
}

std::string errno_name(int sys_errno) {
  const char* name = strerrorname_np(sys_errno);
  return name != nullptr ? std::string(name) : "errno " + std::to_string(sys_errno);
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_exception(std::logic_error("unchecked error: " + error.message), where);
}

}  // namespace forkmend
