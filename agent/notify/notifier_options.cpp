// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/notifier_options.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.hpp"
#include "notify/url.hpp"

namespace forkmend::notify {

namespace {

constexpr std::array<std::string_view, 4> kTypes = {"alertmanager", "webhook", "email", "command"};

/// Of a mail header: nothing that could end it, begin another one or be an option of sendmail.
bool is_mail_address(const std::string& address) {
  const std::size_t at = address.find('@');
  const auto plain = [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view(",;:<>()[]\\\"").find(c) == std::string_view::npos;
  };
  return std::ranges::all_of(address, plain) && !address.starts_with('-') && at != 0 &&
         (at == std::string::npos || at + 1 < address.size()) && !address.empty();
}

Error bad_address(const char* key, const std::string& address) {
  return Error{Errc::invalid, std::string(key) + " \"" + printable(address, 80) +
                                  "\": expected a plain mail address such as ops@example.org"};
}

Result<void> check_mail(const NotifierOptions& options) {
  if (options.to.empty()) return Error{Errc::invalid, "to: expected at least one mail address"};
  for (const std::string& address : options.to) {
    if (!is_mail_address(address)) return bad_address("to", address);
  }
  if (!options.from.empty() && !is_mail_address(options.from)) {
    return bad_address("from", options.from);
  }
  if (options.sendmail.starts_with('/')) return ok();
  return Error{Errc::invalid,
               "sendmail \"" + printable(options.sendmail, 80) + "\": expected an absolute path"};
}

Result<void> check_command(const NotifierOptions& options) {
  const bool absolute = !options.argv.empty() && options.argv.front().starts_with('/');
  const auto has_nul = [](const std::string& word) { return word.find('\0') != std::string::npos; };
  if (absolute && std::ranges::none_of(options.argv, has_nul)) return ok();
  return Error{Errc::invalid,
               "command: expected a list that begins with the absolute path of a program"};
}

/// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), which stays the same from build to build.
std::uint32_t short_hash(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::string target_of(const NotifierOptions& options) {
  switch (options.type) {
    case NotifierType::alertmanager:
    case NotifierType::webhook:
      return options.url;
    case NotifierType::email:
      return join(options.to, ",");
    case NotifierType::command:
      return join(options.argv, "\n");
  }
  return {};
}

}  // namespace

std::string_view to_string(NotifierType type) {
  return kTypes.at(static_cast<std::size_t>(type));
}

Result<void> check(const NotifierOptions& options) {
  switch (options.type) {
    case NotifierType::alertmanager:
    case NotifierType::webhook: {
      const auto url = parse_http_url(options.url);
      return url ? ok() : Result<void>(url.error());
    }
    case NotifierType::email:
      return check_mail(options);
    case NotifierType::command:
      return check_command(options);
  }
  return ok();
}

std::string name_of(const NotifierOptions& options) {
  std::array<char, 16> digits{};
  std::snprintf(digits.data(), digits.size(), "-%08x", short_hash(target_of(options)));
  return std::string(to_string(options.type)) + digits.data();
}

}  // namespace forkmend::notify
