// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/text.hpp"
#include "host/mountinfo.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

void run_mountinfo(std::string_view input) {
  const auto mounts = host::parse_mountinfo(input);
  require(mounts.size() <= lines_of(input).size(), "no line becomes two mounts");
  for (const host::Mount& mount : mounts) {
    require(mount.mount_point.find('\n') == std::string::npos || input.find("\\012") != input.npos,
            "only an escape makes an end of line");
    const auto* found = host::mount_of(mounts, mount.mount_point);
    require(found == nullptr || mount.mount_point.starts_with(found->mount_point),
            "a path is below the mount that holds it");
    const auto value = host::option_value(mount.super_options, "size");
    require(!value || value->size() <= mount.super_options.size(), "a value is a part of them");
    require(!host::has_option(mount.options, "ro,rw"), "an option is one word");
  }
  require(host::unescape_path(input).size() <= input.size(), "an escape makes nothing longer");
}

}  // namespace forkmend::fuzz
