// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/load_text.hpp"

#include "policy/issues.hpp"
#include "policy/trust.hpp"

namespace forkmend::policy {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20U;

std::string expectation_for(Errc code, std::string_view noun) {
  const std::string what(noun);
  switch (code) {
    case Errc::too_large:
      return "a " + what + " of at most 1 MiB";
    case Errc::permission_denied:
      return "a file that this user can read";
    case Errc::not_found:
      return "the path of a " + what + " file";
    default:
      return "a readable " + what + " file";
  }
}

}  // namespace

std::variant<std::string, PolicyError> load_text(const std::string& path, std::string_view noun) {
  auto text = read_trusted(path, kLargestFile);
  if (text) return std::move(*text);
  const Error& error = text.error();
  const bool distrusted = error.code == Errc::permission_denied && error.sys_errno == 0;
  const std::string expected = distrusted
                                   ? "a file and directories that only root can change (chown "
                                     "root, chmod go-w)"
                                   : expectation_for(error.code, noun);
  return PolicyError{path, {}, to_string(Complaint{error.message, expected})};
}

}  // namespace forkmend::policy
