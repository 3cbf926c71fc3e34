// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <fmt/core.h>
#include <gnu/libc-version.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <toml++/toml.h>
#include <CLI/Version.hpp>

#include <algorithm>
#include <boost/version.hpp>

#include "cli/commit.hpp"
#include "cli/version.hpp"

namespace forkmend::cli {

namespace {

/// "OpenSSL 3.0.17 1 Jul 2025" without the date.
std::string openssl_version() {
  const std::string text = OpenSSL_version(OPENSSL_VERSION);
  const auto name = text.find(' ');
  return text.substr(0, name == std::string::npos ? name : text.find(' ', name + 1));
}

std::string boost_version() {
  std::string text = "Boost " BOOST_LIB_VERSION;
  std::ranges::replace(text, '_', '.');
  return text;
}

std::string libc_version() {
#ifdef FORKMEND_STATIC
  return std::string("one static file with glibc ") + gnu_get_libc_version();
#else
  return std::string("glibc ") + gnu_get_libc_version();
#endif
}

}  // namespace

std::string version_text() {
  return fmt::format(
      "forkmend {}\n"
      "commit {}\n"
      "{}, {}, SQLite {}, hiredis {}.{}.{}\n"
      "toml++ {}.{}.{}, CLI11 {}, spdlog {}.{}.{}, fmt {}.{}.{}\n"
      "{}, compiler {}",
      kVersion, commit(), boost_version(), openssl_version(), sqlite3_libversion(), HIREDIS_MAJOR,
      HIREDIS_MINOR, HIREDIS_PATCH, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH, CLI11_VERSION,
      SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, FMT_VERSION / 10000,
      FMT_VERSION / 100 % 100, FMT_VERSION % 100, libc_version(), __VERSION__);
}

}  // namespace forkmend::cli
