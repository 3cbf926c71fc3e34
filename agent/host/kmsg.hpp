// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// One record of the kernel log.
struct KernelMessage {
  std::chrono::microseconds at{0};  ///< since boot, CLOCK_MONOTONIC
  std::uint64_t sequence = 0;
  int level = 0;
  std::string text;
};

/// One /dev/kmsg record ("6,339,5140900,-;NET: Registered ..."; continuation lines dropped).
[[nodiscard]] Result<KernelMessage> parse_kmsg_record(std::string_view record);

/// How many messages are looked at, the newest ones.
inline constexpr std::size_t kKernelLogLimit = 4000;

/// A kernel log as text, oldest first, at most the newest `limit`: one record a line, as /dev/kmsg
/// gives them or as "[  352.094612] text". Other lines are left out.
[[nodiscard]] std::vector<KernelMessage> parse_kernel_log(std::string_view text,
                                                          std::size_t limit = kKernelLogLimit);

/// /dev/kmsg at its beginning, without blocking. Errors: permission_denied under dmesg_restrict
/// without CAP_SYSLOG.
[[nodiscard]] Result<Descriptor> open_kernel_log(const Root& root);

/// Hands over what that descriptor has not given yet. What is no record is left out.
[[nodiscard]] Result<void> read_kernel_records(const Descriptor& device,
                                               const std::function<void(KernelMessage)>& sink);

/// The records now in the kernel log, oldest first, at most the newest kKernelLogLimit. On the live
/// host those of /dev/kmsg that parse_kernel_event() knows, which are few; all of them where the
/// read is written down, and of a captured tree, which has one record a line.
/// Errors: those of open_kernel_log().
[[nodiscard]] Result<SharedList<KernelMessage>> read_kernel_log(const Root& root);

}  // namespace forkmend::host
