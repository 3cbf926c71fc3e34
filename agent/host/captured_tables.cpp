// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// statvfs.toml and access.toml of a captured tree: what only system calls tell.
#include <toml++/toml.h>

#include "base/text.hpp"
#include "host/filesystem.hpp"
#include "host/mountinfo.hpp"

namespace forkmend::host {

namespace {

Result<toml::table> table_of(std::string_view text, std::string_view path, std::string_view file) {
  try {
    const toml::table whole = toml::parse(text);
    const toml::table* found = whole[path].as_table();
    if (found != nullptr) return *found;
  } catch (const toml::parse_error& error) {
    return Error{Errc::parse, std::string(file) + ": " + printable(error.description())};
  }
  return Error{Errc::not_found, std::string(file) + " has no " + printable(path)};
}

/// A count; negative ones are nobody's.
std::optional<std::int64_t> count_of(const toml::table& table, std::string_view key) {
  const auto value = table[key].value<std::int64_t>();
  return value && *value >= 0 ? value : std::nullopt;
}

std::optional<std::uint32_t> small_count_of(const toml::table& table, std::string_view key) {
  const auto value = count_of(table, key);
  if (!value || *value > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

Error incomplete(std::string_view file, std::string_view path) {
  return Error{Errc::parse, std::string(file) + ": the table of " + printable(path) +
                                " lacks a number or has a negative one"};
}

}  // namespace

Result<FilesystemStatus> captured_filesystem(std::string_view toml, std::string_view path) {
  constexpr std::string_view kFile = "statvfs.toml";
  const auto table = table_of(toml, path, kFile);
  if (!table) return table.error();
  const auto block_size = count_of(*table, "block_size");
  const auto blocks = count_of(*table, "blocks");
  const auto available = count_of(*table, "bavail");
  const auto files = count_of(*table, "files");
  const auto available_files = count_of(*table, "favail");
  if (!block_size || !blocks || !available || !files || !available_files) {
    return incomplete(kFile, path);
  }
  const std::string options = (*table)["options"].value_or<std::string>("");
  return FilesystemStatus{.block_size = *block_size,
                          .blocks = *blocks,
                          .available_blocks = *available,
                          .files = *files,
                          .available_files = *available_files,
                          .type = (*table)["type"].value_or<std::string>(""),
                          .read_only = has_option(options, "ro")};
}

Result<FileAttributes> captured_attributes(std::string_view toml, std::string_view path) {
  constexpr std::string_view kFile = "access.toml";
  const auto table = table_of(toml, path, kFile);
  if (!table) return table.error();
  const auto uid = small_count_of(*table, "uid");
  const auto gid = small_count_of(*table, "gid");
  const auto mode = small_count_of(*table, "mode");
  if (!uid || !gid || !mode) return incomplete(kFile, path);
  return FileAttributes{.uid = *uid,
                        .gid = *gid,
                        .mode = *mode,
                        .immutable = (*table)["immutable"].value<bool>(),
                        .append_only = (*table)["append_only"].value<bool>(),
                        .acl = (*table)["acl"].value<bool>(),
                        .writable = (*table)["writable"].value<bool>()};
}

}  // namespace forkmend::host
