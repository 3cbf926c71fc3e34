// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/fact.hpp"
#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/discovery.hpp"

namespace forkmend::engine {

/// One server as bundle.toml describes it; its texts are in instances/NAME/.
struct BundledInstance {
  std::string name;      ///< of its folder: letters, digits, "-", "_" and "."
  std::string endpoint;  ///< URL without password
  redis::Locality locality;
  Now observed;                        ///< when its facts were complete
  bool config_is_whole = false;        ///< every parameter was asked for
  std::string config_refused;          ///< why there is no config
  std::string log_file;                ///< path on the captured host; empty: no log
  std::int64_t log_changed_at = 0;     ///< mtime, seconds since the epoch: it tells the log's zone
  std::optional<FactState> log_state;  ///< why there is no log: not applicable or unreadable
  std::string log_because;
  /// Children of other servers that saved at that moment; nullopt: nobody knows.
  std::optional<std::int64_t> other_save_children;
  /// dir and dbfilename of the server's configuration file, which itself holds secrets and is no
  /// part of a bundle; empty: it sets none, or was not read.
  std::string configured_dir;
  std::string configured_name;
};

/// bundle.toml: when, where, by whom, and what is not in the files.
struct BundleDescription {
  WallTime captured_at;
  std::chrono::nanoseconds boot{0};  ///< since boot, in whole microseconds: places kernel log times
  std::string forkmend;              ///< version that captured
  std::string kernel;                ///< release
  std::string host_name;
  std::int64_t uid = 0;            ///< who captured
  std::int64_t utc_offset = 0;     ///< minutes: the host's zone then
  std::string kernel_log_refused;  ///< why there is no kmsg
  /// Whether the kernel admitted the mapping that tells which rule of mode 0 it has.
  std::optional<bool> mapping_admitted;
  host::CapturedPaths paths;
  std::vector<BundledInstance> instances;
};

inline constexpr std::int64_t kBundleSchema = 1;

/// Errors: Errc::parse, every mistake on a line of its own as "file:line:column: what is wrong;
/// what was expected".
[[nodiscard]] Result<BundleDescription> parse_bundle_description(std::string_view text,
                                                                 std::string_view file);

[[nodiscard]] std::string to_toml(const BundleDescription& description);

/// A folder's name that cannot lead elsewhere.
[[nodiscard]] bool is_instance_name(std::string_view name);

}  // namespace forkmend::engine
