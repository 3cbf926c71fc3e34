// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/give_back.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

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

/// Of the first line of a mapping in smaps, when it is one of a file that nobody may write to now.
std::optional<Range> read_only_file(std::string_view line) {
  const auto words = split_blanks(line);
  if (words.size() < 6 || !words[5].starts_with('/')) return std::nullopt;
  if (words[1] != "r-xp" && words[1] != "r--p") return std::nullopt;
  const std::size_t dash = words[0].find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = from_hex(words[0].substr(0, dash));
  const auto end = from_hex(words[0].substr(dash + 1));
  if (!begin || !end) return std::nullopt;
  return Range{*begin, *end};
}

/// The mappings of files that hold nothing but the file: without one page of our own, as those have
/// that the dynamic linker wrote to.
std::vector<Range> plain_mappings(const host::Root& root) {
  std::vector<Range> plain;
  std::optional<Range> open;
  const auto scanned = root.scan("/proc/self/smaps", [&](std::string_view line) {
    constexpr std::string_view kWritten = "Anonymous:";
    if (!line.empty() && (line.front() < 'A' || line.front() > 'Z')) open = read_only_file(line);
    if (!open || !line.starts_with(kWritten)) return;
    if (trim(line.substr(kWritten.size())) == "0 kB") plain.push_back(*open);
    open.reset();
  });
  return scanned ? plain : std::vector<Range>();
}

}  // namespace

void give_back_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  for (const Range& range : plain_mappings(host::Root("/"))) {
    auto* const begin =
        reinterpret_cast<void*>(range.begin);  // NOLINT(*-reinterpret-cast,*-int-to-ptr)
    (void)madvise(begin, range.end - range.begin, MADV_DONTNEED);
  }
}

}  // namespace forkmend::daemon
