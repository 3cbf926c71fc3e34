// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "base/result.hpp"
#include "engine/bundle_file.hpp"
#include "engine/scrub.hpp"
#include "host/recording.hpp"

namespace forkmend::engine {

/// Writes what was read of the host below host/: files with their content, links as links, listed
/// directories with all their names. What a file cannot say (absent, unreadable, content left out)
/// is in the answer. Server logs (tails) are no part of it.
[[nodiscard]] Result<host::CapturedPaths> write_host_tree(BundleWriter& writer,
                                                          const host::Recording& recording,
                                                          Scrubber& scrubber);

}  // namespace forkmend::engine
