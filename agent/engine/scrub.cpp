// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/scrub.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "redis/endpoint.hpp"
#include "redis/log_line.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kRemoved = "(removed)";
constexpr std::size_t kShortestSecret = 4;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// Replaces each occurrence; as_word: only where no letter or digit stands on either side.
std::string replace_all(std::string_view text, std::string_view what, std::string_view with,
                        bool as_word) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at)) {
    const std::size_t end = at + what.size();
    const bool inside = (at > 0 && is_name_char(text[at - 1])) ||
                        (end < text.size() && is_name_char(text[end]) && text[end] != '.');
    if (as_word && inside) {
      ++at;
      continue;
    }
    out.append(text.substr(from, at - from)).append(with);
    from = at = end;
  }
  return out.append(text.substr(from));
}

bool is_address_char(char c) {
  return is_hex_digit(c) || c == ':' || c == '.';
}

/// The IPv4 address at the front; empty when there is none.
std::string_view leading_v4(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (at >= text.size() || text[at] != '.') return {};
      ++at;
    }
    std::size_t digits = 0;
    int value = 0;
    while (at < text.size() && is_digit(text[at]) && digits < 4) {
      value = value * 10 + (text[at++] - '0');
      ++digits;
    }
    if (digits == 0 || value > 255) return {};
  }
  const bool goes_on = at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]);
  return goes_on ? std::string_view() : text.substr(0, at);
}

/// The IPv6 address at the front, without a port behind brackets.
std::string_view leading_v6(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_address_char(text[size])) ++size;
  while (size > 2 && (text[size - 1] == '.' || text[size - 1] == ':') && text[size - 2] != ':') {
    --size;
  }
  const std::string candidate(text.substr(0, size));
  if (std::ranges::count(candidate, ':') < 2) return {};
  in6_addr ignored{};
  return inet_pton(AF_INET6, candidate.c_str(), &ignored) == 1 ? text.substr(0, size)
                                                               : std::string_view();
}

bool is_nobodys(std::string_view address) {
  return address.starts_with("127.") || address == "0.0.0.0" || address == "::1" || address == "::";
}

/// The words by which CLIENT LIST and log lines describe a client.
bool describes_client(std::string_view word) {
  constexpr auto kKeys = std::to_array<std::string_view>({"id",          "addr",
                                                          "laddr",       "fd",
                                                          "name",        "age",
                                                          "idle",        "flags",
                                                          "capa",        "db",
                                                          "sub",         "psub",
                                                          "ssub",        "multi",
                                                          "watch",       "qbuf",
                                                          "qbuf-free",   "argv-mem",
                                                          "multi-mem",   "rbs",
                                                          "rbp",         "obl",
                                                          "oll",         "omem",
                                                          "tot-mem",     "events",
                                                          "cmd",         "user",
                                                          "redir",       "resp",
                                                          "lib-name",    "lib-ver",
                                                          "io-thread",   "tot-net-in",
                                                          "tot-cmds",    "tot-net-out",
                                                          "read-events", "avg-pipeline-len-sum"});
  const std::string_view key = word.substr(0, word.find('='));
  return key.size() < word.size() && std::ranges::find(kKeys, key) != kKeys.end();
}

std::string without_clients(std::string_view line) {
  if (line.find(" addr=") == std::string_view::npos) return std::string(line);
  std::string out;
  for (const std::string_view word : split(line, ' ')) {
    if (describes_client(word)) continue;
    out.append(out.empty() ? "" : " ").append(word);
  }
  return out;
}

/// Lines that print arguments of commands or names of keys.
bool tells_data(std::string_view line) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"argv[", "argv:", "found in DB", "key '", "Key '", "key name", "object type",
       "key: ", "Processing the key", "Error reading key"});
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
}

bool has_name(std::string_view path, std::string_view name) {
  return path.ends_with(name) && path.size() > name.size() &&
         path[path.size() - name.size() - 1] == '/';
}

/// Only which container manager started it.
std::string container_entry(std::string_view environment) {
  for (const std::string_view entry : split(environment, '\0')) {
    if (entry.starts_with("container=")) return std::string(entry) + std::string(1, '\0');
  }
  return {};
}

bool is_left_out(std::string_view path) {
  const bool of_process = path.starts_with("/proc/") && path != "/proc/cmdline";
  return (of_process && has_name(path, "cmdline")) || path.starts_with("/proc/net/") ||
         (path.starts_with("/proc/") && path.find("/net/") != std::string_view::npos &&
          !path.starts_with("/proc/sys/"));
}

}  // namespace

void Scrubber::hide_secret(std::string_view secret) {
  if (secret.size() >= kShortestSecret && secret != "default") secrets_.emplace_back(secret);
}

void Scrubber::hide_host(std::string_view name) {
  if (!name.empty() && !is_nobodys(name) && name != "localhost" && name != "no") {
    static_cast<void>(placeholder(name));
  }
}

std::string Scrubber::placeholder(std::string_view host) {
  if (is_nobodys(host)) return std::string(host);
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) return found->second;
  const std::string name = "host-" + std::to_string(hosts_.size() + 1);
  hosts_.emplace(host, name);
  return name;
}

std::string Scrubber::without_addresses(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const bool starts = at == 0 || !is_name_char(text[at - 1]);
    const std::string_view rest = text.substr(at);
    std::string_view address = starts ? leading_v4(rest) : std::string_view();
    const bool may_be_v6 = starts && (at == 0 || text[at - 1] != ':');
    if (address.empty() && may_be_v6) address = leading_v6(rest);
    if (address.empty()) {
      out += text[at++];
      continue;
    }
    out += placeholder(address);
    at += address.size();
  }
  return out;
}

std::string Scrubber::without_known(std::string text) const {
  for (const std::string& secret : secrets_) text = replace_all(text, secret, kRemoved, false);
  for (const auto& [host, name] : hosts_) {
    if (text.find(host) != std::string::npos) text = replace_all(text, host, name, true);
  }
  return text;
}

std::string Scrubber::sentence(std::string_view text) {
  return without_addresses(without_known(std::string(text)));
}

std::string Scrubber::info(std::string_view text) {
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    if (name.ends_with("_host")) hide_host(value);
    if (const std::size_t ip = value.find("ip="); ip != std::string_view::npos) {
      value.remove_prefix(ip + 3);
      hide_host(value.substr(0, value.find(',')));
    }
  }
  return sentence(text);
}

std::string Scrubber::config(const redis::ConfigPairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (redis::is_secret_parameter(name) || name == "masteruser" || name == "user") continue;
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    const bool names_host = name == "slaveof" || name == "replicaof" ||
                            name.ends_with("-announce-ip") || name.ends_with("-announce-hostname");
    if (names_host) hide_host(std::string_view(value).substr(0, value.find(' ')));
    out.append(name).append(" ").append(sentence(value)).append("\n");
  }
  return out;
}

std::string Scrubber::log(std::string_view text) {
  std::string out;
  bool in_report = false;
  for (const std::string_view line : lines_of(text)) {
    if (line.find("BUG REPORT START") != std::string_view::npos) in_report = true;
    const bool raw = in_report && !redis::has_frame(redis::parse_log_line(line, {}));
    if (line.find("BUG REPORT END") != std::string_view::npos) in_report = false;
    if (raw || tells_data(line)) continue;
    out.append(sentence(without_clients(line))).append("\n");
  }
  if (!out.empty() && !text.ends_with('\n')) out.pop_back();
  return out;
}

std::string Scrubber::kernel_line(std::string_view line) {
  return sentence(line);
}

std::optional<std::string> Scrubber::host_file(std::string_view path, std::string_view content) {
  if (is_left_out(path)) return std::nullopt;
  if (has_name(path, "environ")) return container_entry(content);
  if (has_name(path, "mountinfo") || has_name(path, "mounts")) return sentence(content);
  return without_known(std::string(content));
}

}  // namespace forkmend::engine
