// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/credentials.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "policy/trust.hpp"
#include "redis/credentials.hpp"

namespace forkmend::settings {

namespace {

constexpr std::size_t kLargestCredential = 4096;

/// As root only a file that nobody else can put another in place of: what its first line says is
/// sent to a server.
Result<void> check_owner_of_way(const std::string& path) {
  if (geteuid() != 0) return ok();
  const auto way = policy::walk_path(path);
  if (!way) return way.error().during("looking for the password file " + printable(path));
  const auto why = policy::why_untrusted(*way);
  if (!why) return ok();
  return Error{Errc::permission_denied, printable(path) + " " + *why + "; run: chown root " +
                                            shell_quote(path) + " and chmod 600 " +
                                            shell_quote(path)};
}

/// The first line. Owner and mode are the service manager's business: it shows a credential to the
/// service's user by an ACL, which a mode cannot tell from a bit for the group.
Result<redis::Credentials> system_credential(const std::string& name,
                                             const std::string& directory) {
  if (directory.empty()) {
    return Error{Errc::not_found, "credential " + name +
                                      ": $CREDENTIALS_DIRECTORY is not set; expected a service "
                                      "with LoadCredential=" +
                                      name + ":PATH in its unit"};
  }
  auto text =
      policy::read_trusted(directory + "/" + name, kLargestCredential, policy::TrustCheck::never);
  if (!text) return text.error().during("reading credential " + name);
  redis::Credentials credentials;
  credentials.password = text->substr(0, text->find_first_of("\r\n"));
  redis::wipe(*text);
  if (!credentials.password.empty()) return credentials;
  return Error{Errc::invalid, "credential " + name +
                                  ": its first line is empty; expected the "
                                  "password"};
}

Result<redis::Credentials> password_of(const InstanceSettings& instance,
                                       const std::string& directory) {
  if (!instance.credential.empty()) return system_credential(instance.credential, directory);
  if (instance.password_file.empty()) return redis::Credentials{};
  if (auto trusted = check_owner_of_way(instance.password_file); !trusted) return trusted.error();
  return redis::credentials_from_file(instance.password_file);
}

}  // namespace

Result<redis::ConnectionOptions> connection_of(const InstanceSettings& instance,
                                               const std::string& credentials_directory) {
  auto credentials = password_of(instance, credentials_directory);
  if (!credentials) {
    return credentials.error().during("reading the password of " + to_string(instance.endpoint));
  }
  redis::ConnectionOptions connection;
  connection.endpoint = instance.endpoint;
  connection.credentials = std::move(*credentials);
  connection.credentials.username = instance.username;
  if (!instance.ca_file.empty()) {
    redis::TlsOptions tls;
    tls.ca_file = instance.ca_file;
    connection.tls = std::move(tls);
  }
  return connection;
}

std::string credentials_directory() {
  const char* value = std::getenv("CREDENTIALS_DIRECTORY");
  return value != nullptr ? value : "";
}

}  // namespace forkmend::settings
