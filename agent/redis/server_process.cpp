// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/server_process.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// A process title is one argument with blanks in it; without one, the first argument is a path.
std::string_view title_of(const host::ProcessRow& row) {
  return row.cmdline.empty() ? std::string_view() : std::string_view(row.cmdline.front());
}

std::string_view program_of(const host::ProcessRow& row) {
  const std::string_view title = title_of(row);
  return base_name(title.substr(0, title.find(' ')));
}

bool is_sentinel(const host::ProcessRow& row) {
  return program_of(row).ends_with("-sentinel") ||
         title_of(row).find(" [sentinel]") != std::string_view::npos ||
         std::ranges::find(row.cmdline, "--sentinel") != row.cmdline.end();
}

/// redisSetProcTitle and serverSetProcTitle of the children.
bool is_titled_child(const host::ProcessRow& row) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {"-rdb-bgsave", "-rdb-to-slaves", "-rdb-to-replicas", "-aof-rewrite", "-module-fork"});
  return std::ranges::any_of(
      kEndings, [&](std::string_view ending) { return program_of(row).ends_with(ending); });
}

bool has_part(std::string_view name, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

bool is_server_executable(std::string_view base_name) {
  constexpr auto kFamilies = std::to_array<std::string_view>({"redis", "valkey", "keydb"});
  if (base_name == "dragonfly" || base_name.starts_with("dragonfly-")) return true;
  if (has_part(base_name, {"-exporter", "-benchmark", "-cli"})) return false;
  const bool family = std::ranges::any_of(
      kFamilies, [&](std::string_view name) { return base_name.starts_with(name); });
  return family && has_part(base_name, {"-server", "-check-rdb", "-check-aof", "-sentinel"});
}

std::string executable_of(const host::ProcessRow& row) {
  // A dead process that nobody has waited for has neither.
  std::string name = row.exe.empty() ? std::string(program_of(row)) : row.exe;
  if (!is_server_executable(name)) return name;
  const std::size_t job = std::min(name.find("-check-"), name.find("-sentinel"));
  return job == std::string::npos ? name : name.substr(0, job) + "-server";
}

bool has_other_job(const host::ProcessRow& row) {
  return is_sentinel(row) || is_titled_child(row) || has_part(program_of(row), {"-check-"});
}

TitleAddress title_address(const host::ProcessRow& row) {
  constexpr std::string_view kUnix = "unixsocket:";
  for (std::string_view word : split_blanks(title_of(row))) {
    if (word.starts_with(kUnix)) return {std::string(word.substr(kUnix.size())), 0};
    const std::size_t colon = word.rfind(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    const auto port = parse_integer(word.substr(colon + 1));
    if (!port || *port <= 0 || *port > 65535) continue;
    return {std::string(word.substr(0, colon)), static_cast<std::uint16_t>(*port)};
  }
  return {};
}

}  // namespace forkmend::redis
