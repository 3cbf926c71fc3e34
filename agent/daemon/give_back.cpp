// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/give_back.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "host/root.hpp"

namespace forkmend::daemon {

namespace {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

std::optional<std::uintptr_t> from_hex(std::string_view text) {
  std::uintptr_t value = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (failure != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Of a line of /proc/self/maps that is program text of a file: nothing was ever written to it.
std::optional<Range> text_range(std::string_view line) {
  const auto words = split_blanks(line);
  if (words.size() < 6 || words[1] != "r-xp" || !words[5].starts_with('/')) return std::nullopt;
  const std::size_t dash = words[0].find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = from_hex(words[0].substr(0, dash));
  const auto end = from_hex(words[0].substr(dash + 1));
  if (!begin || !end) return std::nullopt;
  return Range{*begin, *end};
}

}  // namespace

void give_back_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  const auto maps = host::Root("/").read("/proc/self/maps");
  if (!maps) return;
  for (const std::string_view line : lines_of(*maps)) {
    const auto range = text_range(line);
    if (!range) continue;
    auto* const begin = reinterpret_cast<void*>(range->begin);  // NOLINT(*-reinterpret-cast)
    (void)madvise(begin, range->end - range->begin, MADV_DONTNEED);
  }
}

}  // namespace forkmend::daemon
