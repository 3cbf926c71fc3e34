// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/own_address.hpp"

#include <arpa/inet.h>

#include <array>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr std::string_view kMapped = "::ffff:";

std::optional<std::string> normal_form(int family, const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> shown{};
  const char* done = inet_ntop(family, bytes.data(), shown.data(), shown.size());
  return done != nullptr ? std::optional<std::string>(done) : std::nullopt;
}

/// /proc/net/fib_trie: "|-- 10.0.0.5" and below it "/32 host LOCAL".
bool is_local_v4(std::string_view trie, std::string_view address) {
  bool inside = false;
  for (const std::string_view line : lines_of(trie)) {
    const std::string_view text = trim(line);
    if (text.starts_with("|-- ") || text.starts_with("+-- ")) {
      inside = text.starts_with("|-- ") && text.substr(4) == address;
    } else if (inside && text == "/32 host LOCAL") {
      return true;
    }
  }
  return false;
}

/// /proc/net/if_inet6: "fe800000000000000000000000000001 02 40 20 80 eth0".
bool is_local_v6(std::string_view table, std::string_view address) {
  constexpr std::size_t kDigits = 32;
  for (const std::string_view line : lines_of(table)) {
    if (line.size() < kDigits) continue;
    std::string text;
    for (std::size_t at = 0; at < kDigits; at += 4) {
      if (at != 0) text.push_back(':');
      text.append(line.substr(at, 4));
    }
    if (normal_form(AF_INET6, text) == address) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> literal_address(std::string_view host) {
  if (host.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string text(host);
  if (auto v4 = normal_form(AF_INET, text)) return v4;
  auto v6 = normal_form(AF_INET6, text);
  if (v6 && v6->starts_with(kMapped)) {
    if (auto mapped = normal_form(AF_INET, v6->substr(kMapped.size()))) return mapped;
  }
  return v6;
}

bool is_loopback(std::string_view address) {
  return address == "::1" || (address.starts_with("127.") && !is_ipv6(address));
}

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

bool is_own_address(const host::Root& root, std::string_view pid, const std::string& address) {
  if (is_loopback(address)) return true;
  const std::string directory = "/proc/" + std::string(pid) + "/net/";
  const bool six = is_ipv6(address);
  const auto table = root.read(directory + (six ? "if_inet6" : "fib_trie"));
  if (!table) return false;
  return six ? is_local_v6(*table, address) : is_local_v4(*table, address);
}

}  // namespace forkmend::redis
