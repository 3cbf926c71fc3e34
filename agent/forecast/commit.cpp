// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "forecast/commit.hpp"

#include <algorithm>

#include "forecast/arithmetic.hpp"
#include "forecast/strict_sums.hpp"

namespace forkmend::forecast {

namespace {

constexpr std::int64_t kLeastSpare = std::int64_t{32} << 20;
constexpr std::int64_t kSpareShare = 20;

/// floor(pages x ratio / 100) without overflow.
std::int64_t percent_of(std::int64_t pages, std::int64_t ratio) {
  return add_clamped(multiply_clamped(pages / 100, ratio),
                     multiply_clamped(pages % 100, ratio) / 100);
}

}  // namespace

std::optional<CommitSettings> commit_settings(const FactSet& facts) {
  RuleReader reader(facts);
  return read_commit_settings(reader);
}

std::int64_t commit_limit_pages(const CommitSettings& settings) {
  const std::int64_t page = std::max<std::int64_t>(settings.page_size, 1);
  std::int64_t allowed = 0;
  if (settings.overcommit_kbytes != 0) {
    allowed = settings.overcommit_kbytes / std::max<std::int64_t>(page / 1024, 1);
  } else {
    allowed =
        percent_of(settings.mem_total / page - settings.hugetlb / page, settings.overcommit_ratio);
  }
  return add_clamped(allowed, settings.swap_total / page);
}

std::int64_t commit_limit_bytes(const CommitSettings& settings) {
  return multiply_clamped(commit_limit_pages(settings), settings.page_size);
}

std::optional<std::int64_t> commit_counter_error_pages(const FactSet& facts) {
  RuleReader reader(facts);
  return read_counter_error_pages(reader);
}

std::optional<std::int64_t> required_commit_bytes(const FactSet& facts) {
  RuleReader reader(facts);
  const auto sums = read_strict_sums(reader);
  if (!sums) return std::nullopt;
  // A capability that is not known is not counted on.
  const bool admin = reader.look_flag("instance.cap_sys_admin").value_or(false);
  const std::int64_t now = sums->headroom(admin ? 0 : sums->admin_reserve);
  const std::int64_t spare = std::max(sums->charge / kSpareShare, kLeastSpare / sums->page_size);
  const std::int64_t wanted = add_clamped(sums->counter_error, spare);
  const std::int64_t missing = std::max<std::int64_t>(subtract_clamped(wanted, now), 0);
  return multiply_clamped(missing, sums->page_size);
}

}  // namespace forkmend::forecast
