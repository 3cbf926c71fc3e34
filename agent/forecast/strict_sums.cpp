// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/strict_sums.hpp"

#include <algorithm>

#include "forecast/arithmetic.hpp"

namespace forkmend::forecast {

namespace {

/// The kernel writes kbytes >> (PAGE_SHIFT - 10).
std::int64_t kbytes_to_pages(std::int64_t kbytes, std::int64_t page_size) {
  return kbytes / std::max<std::int64_t>(page_size / 1024, 1);
}

/// The charge of this fork in bytes, and how good that number is.
std::optional<std::int64_t> read_charge(RuleReader& reader, ChargeKind& kind) {
  kind = ChargeKind::exact;
  if (const auto exact = reader.look("instance.accountable")) return exact;
  kind = ChargeKind::bound;
  if (const auto bound = reader.look("instance.accountable_bound")) return bound;
  reader.miss("instance.accountable");
  return std::nullopt;
}

/// mm_compute_batch(): max(2 x CPUs, 32, 0.4 % of RAM / CPUs), in pages.
std::int64_t committed_as_batch(std::int64_t ram_pages, std::int64_t cpus_present) {
  const std::int64_t cpus = std::max<std::int64_t>(cpus_present, 1);
  const std::int64_t by_memory = std::min<std::int64_t>(ram_pages / cpus / 256, INT32_MAX);
  return std::max({by_memory, multiply_clamped(cpus, 2), std::int64_t{32}});
}

}  // namespace

std::int64_t StrictSums::allowed(std::int64_t admin_part) const {
  return subtract_clamped(subtract_clamped(limit, admin_part), user_reserve);
}

std::int64_t StrictSums::headroom(std::int64_t admin_part) const {
  const std::int64_t wanted = add_clamped(add_clamped(committed, charge), 1);
  return subtract_clamped(allowed(admin_part), wanted);
}

std::optional<CommitSettings> read_commit_settings(RuleReader& reader) {
  const auto page_size = reader.need("host.page_size");
  const auto swap_total = reader.need("host.swap_total");
  const auto kbytes = reader.need_or_none("host.overcommit_kbytes");
  if (!page_size || *page_size <= 0 || !swap_total || !kbytes) return std::nullopt;
  CommitSettings settings;
  settings.page_size = *page_size;
  settings.swap_total = *swap_total;
  settings.overcommit_kbytes = *kbytes;
  if (*kbytes != 0) return settings;
  const auto mem_total = reader.need("host.mem_total");
  const auto hugetlb = reader.need_or_none("host.hugetlb");
  const auto ratio = reader.need("host.overcommit_ratio");
  if (!mem_total || !hugetlb || !ratio) return std::nullopt;
  settings.mem_total = *mem_total;
  settings.hugetlb = *hugetlb;
  settings.overcommit_ratio = *ratio;
  return settings;
}

std::optional<std::int64_t> read_counter_error_pages(RuleReader& reader) {
  const auto kernel = reader.kernel();
  if (kernel && *kernel < KernelVersion{5, 9}) return 0;
  const auto page_size = reader.need("host.page_size");
  const auto mem_total = reader.need("host.mem_total");
  const auto present = reader.need("host.cpus_present");
  const auto online = reader.need("host.cpus_online");
  if (!page_size || *page_size <= 0 || !mem_total || !present || !online) return std::nullopt;
  return multiply_clamped(committed_as_batch(*mem_total / *page_size, *present), *online);
}

std::optional<StrictSums> read_strict_sums(RuleReader& reader) {
  StrictSums sums;
  const auto settings = read_commit_settings(reader);
  const auto committed = reader.need("host.committed_as");
  const auto charge = read_charge(reader, sums.kind);
  const auto vm_size = reader.need("instance.vm_size");
  const auto admin = reader.need_or_none("host.admin_reserve_kbytes");
  const auto user = reader.need_or_none("host.user_reserve_kbytes");
  const auto error = read_counter_error_pages(reader);
  if (!settings || !committed || !charge || !vm_size || !admin || !user || !error) {
    return std::nullopt;
  }
  const std::int64_t page = settings->page_size;
  sums.page_size = page;
  sums.limit = commit_limit_pages(*settings);
  sums.admin_reserve = kbytes_to_pages(*admin, page);
  sums.user_reserve = std::min(*vm_size / page / 32, kbytes_to_pages(*user, page));
  sums.committed = pages_up(*committed, page);
  sums.charge = pages_up(*charge, page);
  sums.counter_error = *error;
  return sums;
}

}  // namespace forkmend::forecast
