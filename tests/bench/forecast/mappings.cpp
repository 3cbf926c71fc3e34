// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "mappings.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>

namespace forkmend::bench {

namespace {

constexpr std::int64_t kPiece = std::int64_t{8} << 30;
constexpr std::int64_t kPage = 4096;
constexpr std::int64_t kGap = std::int64_t{2} << 20;

std::size_t size(std::int64_t bytes) {
  return static_cast<std::size_t>(bytes);
}

/// Address space with a gap on either side, so that nothing else merges with what comes there.
char* reserve(std::int64_t bytes) {
  void* const at = mmap(nullptr, size(bytes + 2 * kGap), PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<char*>(at) + kGap;
}

bool map_pieces(char* at, std::int64_t bytes, std::int64_t piece, int protection, int flags) {
  for (std::int64_t done = 0; done < bytes; done += piece) {
    const std::int64_t part = std::min(piece, bytes - done);
    void* const got = mmap(at + done, size(part), protection, flags | MAP_FIXED, -1, 0);
    if (got == MAP_FAILED) return false;
  }
  return true;
}

std::int64_t half_pages(std::int64_t bytes) {
  return std::max(kPage, bytes / 2 / kPage * kPage);
}

bool advise(char* at, std::int64_t bytes, int advice) {
  return madvise(at, size(bytes), advice) == 0;
}

bool make_read_only(char* at, std::int64_t bytes) {
  *at = 1;
  return mprotect(at, size(bytes), PROT_READ) == 0;
}

bool finish(const Mapping& mapping, char* at) {
  switch (mapping.kind) {
    case MappingKind::dont_fork:
      return advise(at, mapping.bytes, MADV_DONTFORK);
    case MappingKind::wipe_on_fork:
      return advise(at, mapping.bytes, MADV_WIPEONFORK);
    case MappingKind::thp_advised:
      return advise(at, mapping.bytes, MADV_HUGEPAGE);
    case MappingKind::sticky_read_only:
      return make_read_only(at, mapping.bytes);
    case MappingKind::plain:
    case MappingKind::no_reserve:
    case MappingKind::shared:
    case MappingKind::never_writable:
    case MappingKind::merged:
      return true;
  }
  return true;
}

bool make(const Mapping& mapping) {
  char* const at = reserve(mapping.bytes);
  if (at == nullptr) return false;
  const bool shared = mapping.kind == MappingKind::shared;
  const bool writable = mapping.kind != MappingKind::never_writable;
  int flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE);
  if (mapping.kind == MappingKind::no_reserve) flags |= MAP_NORESERVE;
  std::int64_t piece = std::min(kPiece, mapping.bytes);
  if (mapping.kind == MappingKind::merged) piece = std::min(kPiece, half_pages(mapping.bytes));
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  return map_pieces(at, mapping.bytes, piece, protection, flags) && finish(mapping, at);
}

}  // namespace

bool make_mappings(const std::vector<Mapping>& mappings) {
  return std::ranges::all_of(mappings, make);
}

bool fill_page_tables(std::int64_t bytes) {
  if (bytes == 0) return true;
  const std::int64_t tables = bytes / kPage;
  char* const at = reserve(tables * kGap);
  if (at == nullptr || !map_pieces(at, tables * kGap, tables * kGap, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)) {
    return false;
  }
  if (!advise(at, tables * kGap, MADV_NOHUGEPAGE)) return false;
  for (std::int64_t table = 0; table < tables; ++table) at[table * kGap] = 1;
  return true;
}

}  // namespace forkmend::bench
