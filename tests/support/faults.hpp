// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <set>

namespace forkmend::testing {

struct Fault {
  const char* name;
  int error;
};

/// What the kernel may say to each class of calls. EINTR: of a call that is slow, for a signal.
inline constexpr auto kFaults = std::to_array<Fault>({{"ENOSPC", ENOSPC},
                                                      {"EIO", EIO},
                                                      {"EROFS", EROFS},
                                                      {"EPERM", EPERM},
                                                      {"EINTR", EINTR},
                                                      {"ENOMEM", ENOMEM}});

/// The descriptors of this process, up to 256: the same before and after, or one has leaked.
inline std::set<int> open_descriptors() {
  std::set<int> open;
  for (int number = 0; number < 256; ++number) {
    if (fcntl(number, F_GETFD) >= 0) open.insert(number);
  }
  return open;
}

}  // namespace forkmend::testing
