// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/issues.hpp"
#include "policy/policy.hpp"
#include "policy/trust.hpp"

namespace forkmend::policy {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20U;

std::string_view expectation_for(Errc code) {
  switch (code) {
    case Errc::too_large:
      return "a policy of at most 1 MiB";
    case Errc::permission_denied:
      return "a file that this user can read";
    case Errc::not_found:
      return "the path of a policy file";
    default:
      return "a readable policy file";
  }
}

}  // namespace

LoadResult load_policy(const std::string& path, std::span<const RemedyDeclaration> remedies) {
  const auto text = read_trusted(path, kLargestFile);
  if (text) return parse_policy(*text, path, remedies);
  const Error& error = text.error();
  const bool distrusted = error.code == Errc::permission_denied && error.sys_errno == 0;
  const std::string expected(distrusted
                                 ? "a file and directories that only root can change (chown root, "
                                   "chmod go-w)"
                                 : expectation_for(error.code));
  return std::vector{PolicyError{path, {}, to_string(Complaint{error.message, expected})}};
}

}  // namespace forkmend::policy
