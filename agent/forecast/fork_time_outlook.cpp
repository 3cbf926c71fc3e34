// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "base/units.hpp"
#include "forecast/arithmetic.hpp"
#include "forecast/outlooks.hpp"
#include "forecast/rule_reader.hpp"

namespace forkmend::forecast {

namespace {

/// Milliseconds for each GiB in 4 KiB pages, where this server has not forked yet: measured on
/// physical machines and virtual ones without Xen.
constexpr Spread kPerGib = {8, 13, 25};

/// Memory that costs like 4 KiB pages: a huge page is copied by one entry, a twentieth of the time.
std::int64_t effective_bytes(RuleReader& reader, std::int64_t resident) {
  const std::int64_t huge =
      std::clamp<std::int64_t>(reader.look("instance.anon_huge").value_or(0), 0, resident);
  return resident - huge + huge / 20;
}

std::int64_t milliseconds(std::int64_t bytes, std::int64_t per_gib) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  return multiply_clamped(bytes / kMiB, per_gib) / 1024;
}

/// Before 7.0 a fork that was refused is timed too (redisFork() of server.c), and takes no time.
bool may_be_of_a_refused_fork(RuleReader& reader) {
  const auto text = reader.look_text("redis.redis_version");
  const auto major = text ? parse_integer(split(*text, '.').front()) : std::nullopt;
  return major && *major < 7 && reader.look_text("redis.rdb_last_bgsave_status") == "err";
}

/// Page tables grow with resident memory, and the time of copying them.
std::int64_t for_memory_of_now(RuleReader& reader, std::int64_t usec) {
  const auto then = reader.look("instance.growth.fork_rss");
  const auto now = reader.look("redis.used_memory_rss");
  if (!then || !now || *then <= 0 || *now <= 0) return usec;
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  return multiply_clamped(usec, *now / kMiB + 1) / (*then / kMiB + 1);
}

std::optional<Spread> learnt(RuleReader& reader) {
  const auto usec = reader.look("redis.latest_fork_usec");
  if (!usec || *usec <= 0 || may_be_of_a_refused_fork(reader)) return std::nullopt;
  const std::int64_t likely = for_memory_of_now(reader, *usec) / 1000;
  return Spread{likely * 4 / 5, likely, add_clamped(likely, likely / 2 + 1)};
}

std::optional<Spread> guessed(RuleReader& reader) {
  const auto resident = reader.need("instance.rss_anon");
  if (!resident) return std::nullopt;
  const std::int64_t bytes = effective_bytes(reader, *resident);
  return Spread{milliseconds(bytes, kPerGib.low), milliseconds(bytes, kPerGib.likely),
                milliseconds(bytes, kPerGib.worst)};
}

/// How long a node of a cluster may be silent, milliseconds.
std::optional<std::int64_t> patience(RuleReader& reader) {
  if (reader.look("redis.cluster_enabled") != 1) return std::nullopt;
  const auto text = reader.look_text("redis.config.cluster-node-timeout");
  return text ? parse_integer(*text) : std::nullopt;
}

}  // namespace

ForkTimeOutlook fork_time_outlook(const FactSet& facts) {
  RuleReader reader(facts);
  ForkTimeOutlook outlook;
  outlook.unit = "ms";
  const auto measured = learnt(reader);
  const auto time = measured ? measured : guessed(reader);
  const auto limit = patience(reader);
  outlook.inputs = reader.inputs();
  if (!time) {
    outlook.says = reader.what_lacks();
    return outlook;
  }
  outlook.estimate = time;
  outlook.verdict = Verdict::admitted;
  outlook.says = "fork() will keep the server from answering for about " +
                 format_count(time->likely) + " ms, " +
                 (measured ? "as the last time." : "by the size of its memory.");
  if (!limit) return outlook;
  outlook.margin = subtract_clamped(*limit, time->likely);
  if (time->worst > *limit) outlook.verdict = Verdict::too_close;
  if (time->likely > *limit) outlook.verdict = Verdict::refused;
  if (outlook.verdict != Verdict::admitted) {
    outlook.says += " Other nodes take it for dead after " + format_count(*limit) +
                    " ms (cluster-node-timeout).";
  }
  return outlook;
}

}  // namespace forkmend::forecast
