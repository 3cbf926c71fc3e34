// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/credentials.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/descriptor.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxSecretFile = std::size_t{64} << 10U;

Result<void> check_file(int fd, const std::string& path) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return errno_error(errno, "looking at " + path);
  if (!S_ISREG(status.st_mode)) {
    return Error{Errc::invalid, path + ": expected a regular file with the password"};
  }
  if ((status.st_mode & S_IRWXO) != 0) {
    return Error{Errc::invalid,
                 path + " is open to every user of this host; run: chmod 600 " + path};
  }
  return ok();
}

Result<std::string> read_secret(int fd, const std::string& path) {
  std::string content(kMaxSecretFile, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = read(fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size == content.size()) return Error{Errc::too_large, path + ": larger than a password"};
  std::string secret = content.substr(0, std::min(content.find('\n'), size));
  wipe(content);
  return secret;
}

}  // namespace

std::optional<Credentials> credentials_from_environment() {
  const char* password = std::getenv("REDISCLI_AUTH");
  if (password == nullptr || *password == '\0') return std::nullopt;
  return Credentials{.username = {}, .password = password};
}

Result<Credentials> credentials_from_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.is_open()) return errno_error(errno, "opening the password file " + path);
  if (auto checked = check_file(file.get(), path); !checked) return checked.error();
  auto secret = read_secret(file.get(), path);
  if (!secret) return secret.error();
  if (secret->ends_with('\r')) secret->pop_back();
  if (secret->empty()) {
    return Error{Errc::invalid, path + ": expected the password in the first line"};
  }
  return Credentials{.username = {}, .password = std::move(*secret)};
}

void wipe(std::string& secret) {
  explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

void wipe(Credentials& credentials) {
  wipe(credentials.password);
}

}  // namespace forkmend::redis
