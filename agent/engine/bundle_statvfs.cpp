// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_statvfs.hpp"

#include <sys/statvfs.h>

#include "base/text.hpp"
#include "host/mountinfo.hpp"
#include "policy/parameter_value.hpp"

namespace forkmend::engine {

namespace {

std::string line(std::string_view key, const std::string& value) {
  return std::string(key) + " = " + value + "\n";
}

std::string table_of(const host::Root& root, const std::string& path) {
  struct statvfs seen{};
  if (statvfs(root.at(path).c_str(), &seen) != 0) return {};
  std::string text = "\n[" + policy::toml_string(path) + "]\n" +
                     line("block_size", std::to_string(seen.f_frsize)) +
                     line("blocks", std::to_string(seen.f_blocks)) +
                     line("bavail", std::to_string(seen.f_bavail)) +
                     line("files", std::to_string(seen.f_files)) +
                     line("favail", std::to_string(seen.f_favail));
  const auto mounts = host::read_mountinfo(root, "self");
  const host::Mount* mount = mounts ? host::mount_of(*mounts, path) : nullptr;
  if (mount == nullptr) return text;
  return text + line("type", policy::toml_string(printable(mount->type))) +
         line("options", policy::toml_string(printable(mount->options)));
}

}  // namespace

std::string statvfs_toml(const host::Root& root, const std::set<std::string>& paths) {
  std::string text = "# What statvfs() says: bytes of a block, and counts.\n";
  for (const std::string& path : paths) {
    const bool can_be_named = printable(path, path.size() * 4 + 4) == path;
    if (can_be_named) text += table_of(root, path);
  }
  return text;
}

}  // namespace forkmend::engine
