// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/read_values.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "redis/endpoint.hpp"

namespace forkmend::settings {

namespace {

constexpr std::size_t kLongestPath = 4095;
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::string_view kUnix = "unix:";

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

bool is_absolute_path(std::string_view text, std::size_t limit) {
  return text.starts_with('/') && !text.ends_with('/') && text.size() <= limit && is_plain(text);
}

std::optional<std::string> path_within(policy::TableReader& reader, std::string_view key,
                                       std::size_t limit, const std::string& expected,
                                       policy::Issues& issues) {
  auto text = reader.text(key);
  if (!text || is_absolute_path(*text, limit)) return text;
  issues.add(reader.find(key)->at, {std::string(key) + " is " + policy::quoted(*text), expected});
  return std::nullopt;
}

/// What stands before a port: host names are refused, as what they mean can change.
bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

/// "HOST:PORT" and "HOST", as they stand in a URL.
std::optional<redis::Endpoint> host_and_port(std::string_view text) {
  if (text.find_first_of("/?#@") != std::string_view::npos) return std::nullopt;
  auto parsed = redis::parse_url(std::string("redis://").append(text));
  return parsed ? std::optional(std::move(parsed->endpoint)) : std::nullopt;
}

bool is_listen(std::string_view text) {
  if (text == "off") return true;
  if (text.starts_with(kUnix)) {
    return is_absolute_path(text.substr(kUnix.size()), kLongestSocketPath);
  }
  const auto place = host_and_port(text);
  const bool names_port = text.rfind(':') != std::string_view::npos && !text.ends_with(']');
  return place && names_port && is_address(place->host);
}

bool is_web_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, colon);
  if (scheme != "http" && scheme != "https") return false;
  const std::string_view rest = text.substr(colon + 3);
  const bool blank = rest.find(' ') != std::string_view::npos;
  return is_plain(rest) && !blank && host_and_port(rest.substr(0, rest.find_first_of("/?#")));
}

}  // namespace

std::optional<std::string> read_path(policy::TableReader& reader, std::string_view key,
                                     policy::Issues& issues) {
  return path_within(reader, key, kLongestPath, "the absolute path of a file", issues);
}

std::optional<std::string> read_socket_path(policy::TableReader& reader, std::string_view key,
                                            policy::Issues& issues) {
  return path_within(reader, key, kLongestSocketPath,
                     "an absolute path of at most " + std::to_string(kLongestSocketPath) + " bytes",
                     issues);
}

std::optional<std::string> read_listen(policy::TableReader& reader, std::string_view key,
                                       policy::Issues& issues) {
  auto text = reader.text(key);
  if (!text || is_listen(*text)) return text;
  issues.add(reader.find(key)->at,
             {std::string(key) + " is " + policy::quoted(*text),
              "\"127.0.0.1:9911\" or another address and port, \"unix:/PATH\" or \"off\""});
  return std::nullopt;
}

std::optional<std::string> read_web_url(policy::TableReader& reader, std::string_view key,
                                        policy::Issues& issues) {
  auto text = reader.text(key);
  if (!text || is_web_url(*text)) return text;
  // Whoever wrote a password into it does not want to read it in a log.
  issues.add(reader.find(key)->at,
             {std::string(key) + " is not what can be called",
              "http:// or https://, a host, a port and a path, without a user or password"});
  return std::nullopt;
}

}  // namespace forkmend::settings
