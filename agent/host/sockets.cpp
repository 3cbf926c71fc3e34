// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "host/process.hpp"
#include "host/read_cache.hpp"

namespace forkmend::host {

namespace {

constexpr std::string_view kTcpListen = "0A";
constexpr std::string_view kTcpSynRecv = "03";
constexpr std::size_t kTableLimit = std::size_t{64} << 20U;

std::optional<std::uint32_t> hex_word(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// The kernel prints an address as words of 32 bits in the byte order of the machine.
template <std::size_t Words>
std::optional<std::array<char, Words * 4>> address_bytes(std::string_view text) {
  if (text.size() != Words * 8) return std::nullopt;
  std::array<char, Words * 4> bytes{};
  for (std::size_t i = 0; i < Words; ++i) {
    const auto word = hex_word(text.substr(i * 8, 8));
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + i * 4, &*word, 4);
  }
  return bytes;
}

std::string shown(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* done = inet_ntop(family, bytes, text.data(), text.size());
  return done != nullptr ? done : "";
}

std::optional<std::string> decode_v4(std::string_view text) {
  const auto bytes = address_bytes<1>(text);
  if (!bytes) return std::nullopt;
  return shown(AF_INET, bytes->data());
}

std::optional<std::string> decode_v6(std::string_view text) {
  constexpr std::array<char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '\xff', '\xff'};
  const auto bytes = address_bytes<4>(text);
  if (!bytes) return std::nullopt;
  const bool mapped = std::equal(kMapped.begin(), kMapped.end(), bytes->begin());
  return mapped ? shown(AF_INET, bytes->data() + 12) : shown(AF_INET6, bytes->data());
}

/// "0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000 uid timeout inode ..."
std::optional<ListeningSocket> parse_tcp_line(std::string_view line, SocketFamily family) {
  const auto words = split_blanks(line);
  if (words.size() < 10 || words[3] != kTcpListen) return std::nullopt;
  const auto local = split(words[1], ':');
  if (local.size() != 2) return std::nullopt;
  const auto address = family == SocketFamily::tcp ? decode_v4(local[0]) : decode_v6(local[0]);
  const auto port = hex_word(local[1]);
  const auto inode = parse_integer(words[9]);
  if (!address || !port || *port > 65535 || !inode || *inode <= 0) return std::nullopt;
  return ListeningSocket{.family = family,
                         .address = *address,
                         .port = static_cast<std::uint16_t>(*port),
                         .inode = static_cast<std::uint64_t>(*inode)};
}

std::vector<ListeningSocket> parse_inet(std::string_view text, SocketFamily family) {
  std::vector<ListeningSocket> sockets;
  for (const std::string_view line : lines_of(text)) {
    if (auto socket = parse_tcp_line(line, family)) sockets.push_back(std::move(*socket));
  }
  return sockets;
}

/// "Num: RefCount Protocol Flags Type St Inode Path"; the path may hold blanks.
std::optional<ListeningSocket> parse_unix_line(std::string_view line) {
  constexpr std::uint32_t kAcceptsConnections = 0x10000;  // __SO_ACCEPTCON
  const auto words = split_blanks(line);
  if (words.size() < 8 || words[4] != "0001") return std::nullopt;
  const auto flags = hex_word(words[3]);
  const auto inode = parse_integer(words[6]);
  if (!flags || (*flags & kAcceptsConnections) == 0 || !inode || *inode <= 0) return std::nullopt;
  const auto path_at = static_cast<std::size_t>(words[7].data() - line.data());
  return ListeningSocket{.family = SocketFamily::unix_stream,
                         .address = std::string(line.substr(path_at)),
                         .inode = static_cast<std::uint64_t>(*inode)};
}

}  // namespace

bool ListeningSocket::wildcard() const {
  switch (family) {
    case SocketFamily::tcp:
      return address == "0.0.0.0";
    case SocketFamily::tcp6:
      return address == "::" || address == "0.0.0.0";
    case SocketFamily::unix_stream:
      return false;
  }
  return false;
}

std::vector<ListeningSocket> parse_tcp(std::string_view text) {
  return parse_inet(text, SocketFamily::tcp);
}

std::vector<ListeningSocket> parse_tcp6(std::string_view text) {
  return parse_inet(text, SocketFamily::tcp6);
}

std::vector<ListeningSocket> parse_unix(std::string_view text) {
  std::vector<ListeningSocket> sockets;
  for (const std::string_view line : lines_of(text)) {
    if (auto socket = parse_unix_line(line)) sockets.push_back(std::move(*socket));
  }
  return sockets;
}

namespace {

/// Whether the connections have begun, of which a host may have very many. tcp_seq_next() gives the
/// listening sockets before them; up to 4.3 requests that wait (SYN_RECV) stand among those.
bool has_connections(std::string_view table) {
  const std::size_t end = table.rfind('\n');
  if (end == std::string_view::npos) return false;
  table = table.substr(0, end);
  const auto words = split_blanks(table.substr(table.rfind('\n') + 1));
  const bool is_row = words.size() > 3 && words[0] != "sl";
  return is_row && words[3] != kTcpListen && words[3] != kTcpSynRecv;
}

/// /proc/PID/net/tcp as far as the listening sockets go; where it is written down, the whole of it.
Result<std::string> read_listening(const Root& root, const std::string& path) {
  if (!root.live() || root.recorded()) return root.read(path, kTableLimit);
  const Descriptor file(open(root.at(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return errno_error(errno, "opening " + path);
  std::string table;
  std::array<char, 16384> buffer{};
  while (!has_connections(table)) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "reading " + path);
    if (got == 0) break;
    table.append(buffer.data(), static_cast<std::size_t>(got));
    if (table.size() > kTableLimit) return Error{Errc::too_large, path + ": too many sockets"};
  }
  return table;
}

Result<std::vector<ListeningSocket>> read_tables(const Root& root, std::string_view pid) {
  using Parser = std::vector<ListeningSocket> (*)(std::string_view);
  struct Source {
    std::string_view file;
    Parser parse;
  };
  constexpr std::array<Source, 3> kSources = {
      {{"tcp", parse_tcp}, {"tcp6", parse_tcp6}, {"unix", parse_unix}}};
  const std::string directory = "/proc/" + std::string(pid) + "/net/";
  std::vector<ListeningSocket> all;
  std::optional<Error> missing;
  std::size_t tables = 0;
  for (const Source& source : kSources) {
    const std::string path = directory + std::string(source.file);
    auto text = source.file == "unix" ? root.read(path, kTableLimit) : read_listening(root, path);
    if (!text && text.error().code != Errc::not_found) return text.error();
    if (!text) {
      missing = text.error();
      continue;
    }
    ++tables;
    auto found = source.parse(*text);
    all.insert(all.end(), std::make_move_iterator(found.begin()),
               std::make_move_iterator(found.end()));
  }
  if (tables == 0) return *missing;
  return all;
}

}  // namespace

Result<SharedList<ListeningSocket>> listening_sockets(const Root& root, std::string_view pid) {
  // Whoever shares a network namespace sees the same tables.
  const auto space = root.read_link("/proc/" + std::string(pid) + "/ns/net");
  const std::string name = "sockets of " + (space ? *space : "process " + std::string(pid));
  return remembered(root, name, [&] { return share(read_tables(root, pid)); });
}

Result<std::vector<std::uint64_t>> socket_inodes(const Root& root, std::int64_t pid) {
  constexpr std::string_view kPrefix = "socket:[";
  const std::string directory = proc_path(pid, "fd");
  auto names = root.list(directory);
  if (!names) return names.error();
  std::vector<std::uint64_t> inodes;
  for (const std::string& name : *names) {
    const auto link = root.read_link(proc_path(pid, std::string("fd/").append(name)));
    if (!link && link.error().code != Errc::not_found) return link.error();
    if (!link || !link->starts_with(kPrefix) || !link->ends_with(']')) continue;
    const auto inode = parse_integer(
        std::string_view(*link).substr(kPrefix.size(), link->size() - kPrefix.size() - 1));
    if (inode && *inode > 0) inodes.push_back(static_cast<std::uint64_t>(*inode));
  }
  std::ranges::sort(inodes);
  return inodes;
}

}  // namespace forkmend::host
