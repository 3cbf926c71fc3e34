// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// statvfs.toml and access.toml of a captured tree: what only system calls tell.
#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <sstream>

#include "base/text.hpp"
#include "base/toml_text.hpp"
#include "host/captured_size.hpp"
#include "host/filesystem.hpp"
#include "host/mountinfo.hpp"

namespace forkmend::host {

namespace {

Result<toml::table> table_of(std::string_view text, std::string_view path, std::string_view file) {
  const auto moved = to_private_use(text);
  const auto key = to_private_use(path);
  if (!moved || !key) {
    return Error{Errc::parse, std::string(file) + ": a character of plane 15 (private use)"};
  }
  try {
    const toml::table whole = toml::parse(std::string_view(*moved));
    const toml::table* found = whole[*key].as_table();
    if (found != nullptr) return *found;
  } catch (const toml::parse_error& error) {
    return Error{Errc::parse,
                 std::string(file) + ": " + printable(from_private_use(error.description()))};
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

/// The errno that the capture was answered with instead.
std::optional<int> refusal_of(const toml::table& table) {
  const auto number = count_of(table, "errno");
  if (!number || *number == 0 || *number > INT16_MAX) return std::nullopt;
  return static_cast<int>(*number);
}

bool can_be_named(const std::string& path) {
  return printable(path, path.size() * 4 + 4) == path && to_private_use(path);
}

void put_if_known(toml::table& table, std::string_view key, std::optional<bool> value) {
  if (value) table.insert(key, *value);
}

toml::table row_of(const FilesystemStatus& status) {
  return toml::table{{"block_size", status.block_size},          {"blocks", status.blocks},
                     {"bavail", status.available_blocks},        {"files", status.files},
                     {"favail", status.available_files},         {"type", status.type},
                     {"options", status.read_only ? "ro" : "rw"}};
}

toml::table row_of(const FileAttributes& attributes) {
  toml::table row{{"uid", std::int64_t{attributes.uid}}, {"gid", std::int64_t{attributes.gid}}};
  row.insert("mode", std::int64_t{attributes.mode}, toml::value_flags::format_as_octal);
  put_if_known(row, "immutable", attributes.immutable);
  put_if_known(row, "append_only", attributes.append_only);
  put_if_known(row, "acl", attributes.acl);
  put_if_known(row, "writable", attributes.writable);
  return row;
}

template <typename Table>
toml::table rows_of(const Table& table) {
  toml::table whole;
  for (const auto& [path, seen] : table) {
    if (!can_be_named(path)) continue;
    if (seen) {
      whole.insert(path, row_of(*seen));
    } else if (seen.error().sys_errno != 0) {
      whole.insert(path, toml::table{{"errno", std::int64_t{seen.error().sys_errno}}});
    }
  }
  return whole;
}

void put_size(toml::table& whole, const std::string& path, std::int64_t size) {
  if (!can_be_named(path)) return;
  if (toml::table* row = whole[path].as_table()) {
    row->insert("size", size);
  } else {
    whole.insert(path, toml::table{{"size", size}});
  }
}

std::string text_of(std::string_view head, const toml::table& whole) {
  std::ostringstream text;
  // Paths in the quotes that everybody knows.
  constexpr auto kFlags =
      toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings;
  text << head << "\n" << toml::toml_formatter{whole, kFlags} << "\n";
  return text.str();
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
  if (const auto number = refusal_of(*table)) return filesystem_error(*number, path);
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
  if (const auto number = refusal_of(*table)) return attributes_error(*number, path);
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

std::string to_statvfs_toml(const FilesystemTable& table) {
  return text_of("# What statvfs() says: bytes of a block, and counts.", rows_of(table));
}

std::string to_access_toml(const AttributesTable& table) {
  return to_access_toml(table, {});
}

std::string to_access_toml(const AttributesTable& table, const SizeTable& sizes) {
  toml::table whole = rows_of(table);
  for (const auto& [path, size] : sizes) put_size(whole, path, size);
  return text_of("# What statx() says of each part of the paths to the saves.", whole);
}

std::optional<std::int64_t> captured_size(std::string_view toml, std::string_view path) {
  const auto table = table_of(toml, path, "access.toml");
  return table ? count_of(*table, "size") : std::nullopt;
}

}  // namespace forkmend::host
