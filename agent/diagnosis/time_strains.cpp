// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What makes saves slow although they go well.
#include <string>

#include "base/units.hpp"
#include "diagnosis/strain_case.hpp"

namespace forkmend::diagnosis {

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kStalled = 10.0;  ///< percent of a minute

std::string milliseconds(std::int64_t microseconds) {
  return format_count(microseconds / 1000) + " ms";
}

std::optional<Evidence> stalled_disk(const StrainCase& strain_case) {
  const auto stalled = strain_case.number("host.pressure.io_full");
  if (!stalled || *stalled < kStalled) return std::nullopt;
  return strain_case.witness("host.pressure.io_full",
                             "in " + std::to_string(static_cast<int>(*stalled)) +
                                 " % of the last minute every task waited for I/O.");
}

}  // namespace

/// Up to 10 to 20 ms for each GiB are normal on real and on most virtual machines; a fork that
/// takes less than a twentieth of a second hurts nobody.
std::optional<Cause> find_slow_fork(const StrainCase& strain_case) {
  constexpr std::int64_t kHarmless = 50'000;  // us
  constexpr double kNormal = 20'000;          // us for each GiB
  constexpr double kXen = 100'000;
  const auto usec = strain_case.integer("redis.latest_fork_usec");
  auto resident = strain_case.integer("instance.rss_anon");
  if (!resident) resident = strain_case.integer("redis.used_memory_rss");
  if (!usec || *usec <= kHarmless || !resident || *resident <= 0) return std::nullopt;
  const double per_gib = static_cast<double>(*usec) / (static_cast<double>(*resident) / kGiB);
  if (per_gib <= kNormal) return std::nullopt;
  Cause cause{.id = "slow-fork", .confidence = Confidence::likely, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "redis.latest_fork_usec",
      "the last fork took " + milliseconds(*usec) + " for " + format_size(*resident) + ", " +
          milliseconds(static_cast<std::int64_t>(per_gib)) +
          " for each GiB; the server answers nobody meanwhile. 10 to 20 ms are normal" +
          (per_gib > kXen ? ", more than 100 ms is Xen, nested virtualisation, swap or a CPU limit."
                          : ".")));
  return cause;
}

/// One hint is only possible, two are likely: no counter of the kernel names the server.
std::optional<Cause> find_slow_disk(const StrainCase& strain_case) {
  constexpr std::int64_t kLong = 60;          // s
  constexpr std::int64_t kSlow = 10'000'000;  // bytes a second
  Cause cause{.id = "slow-disk", .confidence = Confidence::possible, .evidence = {}};
  if (auto stalled = stalled_disk(strain_case)) cause.evidence.push_back(std::move(*stalled));
  const auto delayed = strain_case.integer("redis.aof_delayed_fsync").value_or(0);
  if (delayed > 0) {
    cause.evidence.push_back(strain_case.witness(
        "redis.aof_delayed_fsync",
        format_count(delayed) + " times an AOF write waited for the fsync before it."));
  }
  const auto took = strain_case.server.last_save_took;
  const auto size = strain_case.integer("instance.dir.target_size");
  if (took && size && *took >= kLong && *size / *took < kSlow) {
    cause.evidence.push_back(strain_case.witness(
        "redis.rdb_last_bgsave_time_sec",
        "the last save took " + format_count(*took) + " s for " + format_size(*size) + "."));
  }
  if (strain_case.server.child_state == "D") {
    cause.evidence.push_back(
        strain_case.witness("instance.child.state", "D: the child waits for the disk."));
  }
  // A delayed fsync of some other day says nothing about today.
  const bool only_old = cause.evidence.size() == 1 && delayed > 0;
  if (cause.evidence.empty() || only_old) return std::nullopt;
  if (cause.evidence.size() > 1) cause.confidence = Confidence::likely;
  return cause;
}

std::optional<Cause> find_overlapping_saves(const StrainCase& strain_case) {
  const auto others = strain_case.integer("instance.other_save_children");
  if (!others || *others <= 0) return std::nullopt;
  const bool saves = strain_case.server.save_elapsed || strain_case.server.rewrite_elapsed;
  if (!saves) return std::nullopt;
  Cause cause{.id = "overlapping-saves", .confidence = Confidence::proven, .evidence = {}};
  cause.evidence.push_back(strain_case.witness(
      "instance.other_save_children",
      format_count(*others) +
          " other servers of this host save at this moment too: their copies and their writes add "
          "up. Let each save at a time of its own."));
  return cause;
}

}  // namespace forkmend::diagnosis
