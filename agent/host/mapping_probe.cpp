// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The one question that only a mapping answers. Nothing of it is ever touched, so that the kernel
// gives no page; it counts in Committed_AS for microseconds.
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstddef>
#include <string>

#include "host/root.hpp"

namespace forkmend::host {

Result<bool> Root::ask_mapping(std::int64_t bytes) const {
  if (!live_) {
    if (tables_->mapping_admitted) return *tables_->mapping_admitted;
    return Error{Errc::not_found, "the capture did not ask for a mapping"};
  }
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur != RLIM_INFINITY) {
    return Error{Errc::unsupported, "forkmend runs under a RLIMIT_AS of its own"};
  }
  if (bytes <= 0) return Error{Errc::invalid, "no mapping has " + std::to_string(bytes) + " bytes"};
  const auto length = static_cast<std::size_t>(bytes);
  void* mapping = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping != MAP_FAILED) {
    munmap(mapping, length);
    return true;
  }
  if (errno == ENOMEM) return false;
  return errno_error(errno, "asking for a mapping");
}

}  // namespace forkmend::host
