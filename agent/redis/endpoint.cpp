// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/endpoint.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr std::array<std::string_view, 3> kSchemes = {"redis", "rediss", "unix"};
constexpr std::string_view kDigits = "0123456789ABCDEF";

/// No message quotes the URL: a badly written one has its password anywhere.
Error bad_part(std::string_view part, std::string_view what) {
  return Error{Errc::invalid, std::string(part) + " of the URL: " + std::string(what)};
}

std::optional<unsigned> hex_value(char c) {
  const auto upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::size_t at = kDigits.find(upper);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

Result<std::string> percent_decode(std::string_view text, std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 1 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
    const auto low = i + 2 < text.size() ? hex_value(text[i + 2]) : std::nullopt;
    if (!high || !low) return bad_part(part, "a '%' must be followed by two hexadecimal digits");
    out += static_cast<char>(*high * 16U + *low);
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view reserved) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20U && byte != 0x7FU && reserved.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
  }
  return out;
}

Result<Credentials> parse_userinfo(std::string_view text) {
  const std::size_t colon = text.find(':');
  auto username = percent_decode(text.substr(0, colon), "user name");
  if (!username) return username.error();
  Credentials credentials{.username = std::move(*username), .password = {}};
  if (colon == std::string_view::npos) return credentials;
  auto password = percent_decode(text.substr(colon + 1), "password");
  if (!password) return password.error();
  credentials.password = std::move(*password);
  return credentials;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const std::int64_t port = parse_integer(text).value_or(0);
  if (port < 1 || port > 65535) return bad_part("port", "expected a number from 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

bool is_name_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_';
}

Result<std::string> parse_address6(std::string_view text) {
  auto address = percent_decode(text, "host");
  if (!address) return address.error();
  const std::string bare = address->substr(0, address->find('%'));  // without the zone
  in6_addr parsed{};
  if (inet_pton(AF_INET6, bare.c_str(), &parsed) != 1) {
    return bad_part("host", "expected an IPv6 address between the brackets");
  }
  return address;
}

Result<std::string> parse_name(std::string_view text) {
  if (text.empty()) return bad_part("host", "expected a name or an address");
  if (text.find(':') != std::string_view::npos) {
    return bad_part("host", "an IPv6 address needs brackets, as in redis://[::1]:6379");
  }
  if (!std::ranges::all_of(text, is_name_character)) {
    return bad_part("host", "expected letters, digits, '.', '-' and '_'");
  }
  return std::string(text);
}

Result<void> parse_host_and_port(std::string_view text, Endpoint& endpoint) {
  const bool bracketed = text.starts_with('[');
  const std::size_t close = bracketed ? text.find(']') : std::string_view::npos;
  if (bracketed && close == std::string_view::npos) {
    return bad_part("host", "expected a ']' after the IPv6 address");
  }
  const std::size_t colon = bracketed ? close + 1 : text.rfind(':');
  const std::string_view port = colon < text.size() ? text.substr(colon) : std::string_view();
  if (!port.empty() && port.front() != ':') {
    return bad_part("host", "expected ':' and the port, or nothing, after the ']'");
  }
  auto host = bracketed ? parse_address6(text.substr(1, close - 1))
                        : parse_name(text.substr(0, text.size() - port.size()));
  if (!host) return host.error();
  endpoint.host = std::move(*host);
  if (port.empty()) return ok();
  const auto number = parse_port(port.substr(1));
  if (!number) return number.error();
  endpoint.port = *number;
  return ok();
}

/// What may follow the authority: nothing, "/" or a database number, which changes nothing here:
/// all that is asked of a server is server-wide.
Result<void> check_tail(std::string_view tail) {
  if (tail.find('@') != std::string_view::npos) {
    return bad_part("user name and password", "write '/' as %2F, '?' as %3F and '#' as %23");
  }
  if (tail.empty() || tail == "/") return ok();
  if (tail.front() == '/' && std::ranges::all_of(tail.substr(1), is_digit)) return ok();
  return bad_part("path", "expected nothing or a database number after the host and port");
}

Result<ParsedUrl> parse_network(Transport transport, std::string_view rest) {
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (auto tail = check_tail(rest.substr(end)); !tail) return tail.error();
  const std::size_t at = authority.rfind('@');
  ParsedUrl url;
  url.endpoint.transport = transport;
  if (at != std::string_view::npos) {
    auto credentials = parse_userinfo(authority.substr(0, at));
    if (!credentials) return credentials.error();
    url.credentials = std::move(*credentials);
  }
  const std::string_view place =
      at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (auto parsed = parse_host_and_port(place, url.endpoint); !parsed) return parsed.error();
  return url;
}

Result<ParsedUrl> parse_unix(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view before = rest.substr(0, slash);
  if (slash == std::string_view::npos || !(before.empty() || before.ends_with('@'))) {
    return bad_part("path", "expected an absolute path, as in unix:///run/redis/redis.sock");
  }
  if (rest.find_first_of("?#", slash) != std::string_view::npos) {
    return bad_part("path", "write '?' as %3F and '#' as %23");
  }
  ParsedUrl url;
  if (!before.empty()) {
    auto credentials = parse_userinfo(before.substr(0, before.size() - 1));
    if (!credentials) return credentials.error();
    url.credentials = std::move(*credentials);
  }
  auto path = percent_decode(rest.substr(slash), "path");
  if (!path) return path.error();
  if (path->find('\0') != std::string::npos || path->size() >= sizeof(sockaddr_un::sun_path)) {
    return bad_part("path",
                    "expected at most 107 bytes and no NUL, the kernel's limit for sockets");
  }
  url.endpoint = Endpoint{Transport::unix_socket, std::move(*path), 0};
  return url;
}

}  // namespace

Result<ParsedUrl> parse_url(std::string_view url) {
  constexpr std::string_view kExpected =
      "expected redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH";
  const std::size_t at = url.find("://");
  if (at == std::string_view::npos) return bad_part("scheme", kExpected);
  const std::string scheme = lower(url.substr(0, at));
  const std::string_view rest = url.substr(at + 3);
  if (scheme == "redis") return parse_network(Transport::tcp, rest);
  if (scheme == "rediss") return parse_network(Transport::tls, rest);
  if (scheme == "unix") return parse_unix(rest);
  const auto meant = did_you_mean(scheme, kSchemes);
  std::string what(kExpected);
  if (meant) what.append("; did you mean ").append(*meant).append("://");
  return bad_part("scheme", what);
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.transport == Transport::unix_socket) {
    return "unix://" + percent_encode(endpoint.host, "%?#");
  }
  std::string text = endpoint.transport == Transport::tls ? "rediss://" : "redis://";
  const std::string host = percent_encode(endpoint.host, "%/?#@[]");
  const bool is_address6 = endpoint.host.find(':') != std::string::npos;
  text.append(is_address6 ? "[" + host + "]" : host);
  return text.append(":").append(std::to_string(endpoint.port));
}

}  // namespace forkmend::redis
