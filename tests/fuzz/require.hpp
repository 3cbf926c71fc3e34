// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdio>
#include <cstdlib>

namespace forkmend::fuzz {

/// Aborts when a promise is broken, in release builds too.
inline void require(bool holds, const char* promise) {
  if (holds) return;
  (void)std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace forkmend::fuzz
