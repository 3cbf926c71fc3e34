// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "host/kmsg.hpp"

namespace forkmend::host {

/// The kernel log of a host over time: a whole one is thousands of reads, what is new are a few.
/// Not for several threads.
class KernelLogReader {
 public:
  /// Those that parse_kernel_event() knows, oldest first, at most the newest kKernelLogLimit; also
  /// what the kernel has overwritten since it was read. Errors: those of open_kernel_log(), and
  /// those of a read; the next call begins anew.
  [[nodiscard]] Result<SharedList<KernelMessage>> read(const Root& root);

 private:
  Descriptor device_;
  SharedList<KernelMessage> known_;
};

}  // namespace forkmend::host
