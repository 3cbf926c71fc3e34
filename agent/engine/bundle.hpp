// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "engine/bundle_description.hpp"
#include "engine/observe.hpp"
#include "engine/targets.hpp"
#include "host/recording.hpp"

namespace forkmend::engine {

/// A captured host with its servers, read and concluded as observe() does on the live one.
struct Bundle {
  BundleDescription description;
  host::Root root;
  std::vector<ServerLook> targets;
};

/// Errors: what is missing or malformed, with its file and what was expected.
[[nodiscard]] Result<Bundle> read_bundle(const std::filesystem::path& directory);

/// What a capture knows of this host beside its servers.
struct CaptureRequest {
  std::filesystem::path directory;
  host::Root root;                          ///< of which the recording was made
  std::string version;                      ///< of forkmend
  std::vector<redis::Credentials> secrets;  ///< never to appear in any file
};

/// Writes what was observed through a recorded Root as a bundle; secrets, key names, client
/// addresses and what belongs to other processes are left out. Nothing stays after an error.
[[nodiscard]] Result<BundleDescription> write_bundle(
    const CaptureRequest& request, const host::Recording& recording,
    const std::vector<const ObservedInstance*>& instances);

}  // namespace forkmend::engine
