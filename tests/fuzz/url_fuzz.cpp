// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <cstddef>
#include <cstdint>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  forkmend::fuzz::run_url({reinterpret_cast<const char*>(data), size});
  return 0;
}
