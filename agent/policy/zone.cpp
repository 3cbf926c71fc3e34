// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/zone.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

#include "base/text.hpp"
#include "policy/issues.hpp"

namespace forkmend::policy {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kZoneInfo = "/usr/share/zoneinfo";
constexpr std::size_t kShortestGuess = 4;

bool well_formed(std::string_view zone) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  // "right/" counts leap seconds: its clock differs from everybody's.
  return !zone.empty() && zone.front() != '/' && zone.back() != '/' &&
         zone.find_first_not_of(kAllowed) == std::string_view::npos &&
         !zone.starts_with("right/") && !zone.starts_with("posix/");
}

std::string zone_file(std::string_view zone) {
  return std::string(kZoneInfo).append("/").append(zone);
}

/// glibc takes UTC without a word for a file that is missing or no zone data.
bool has_zone_data(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 4> magic{};
  return in.read(magic.data(), magic.size()) &&
         std::string_view(magic.data(), magic.size()) == "TZif";
}

std::vector<std::string> all_zones() {
  std::vector<std::string> names;
  std::error_code failure;
  fs::recursive_directory_iterator at(kZoneInfo, failure);
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    std::error_code ignored;
    const std::string name = at->path().string().substr(kZoneInfo.size() + 1);
    if (well_formed(name) && at->is_regular_file(ignored)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> nearest_zone(std::string_view zone) {
  if (zone.size() < kShortestGuess) return std::nullopt;
  const std::vector<std::string> names = all_zones();
  const std::vector<std::string_view> views(names.begin(), names.end());
  return suggest(zone, views);
}

std::tm parts_in(const std::string& file, std::time_t seconds) {
  static std::mutex guard;
  const std::scoped_lock lock(guard);
  // TZ is replaced, never removed: replacing swaps one pointer, while adding and removing move the
  // table under a getenv of the resolver's thread. Unset means /etc/localtime to glibc anyway.
  const char* inherited = std::getenv("TZ");
  const std::string before = inherited != nullptr ? inherited : ":/etc/localtime";
  std::tm parts{};
  setenv("TZ", (":" + file).c_str(), 1);
  tzset();
  localtime_r(&seconds, &parts);
  setenv("TZ", before.c_str(), 1);
  tzset();
  return parts;
}

}  // namespace

Result<void> check_zone(std::string_view zone) {
  const std::string expected = "an IANA name such as Europe/Berlin, or UTC";
  if (zone == "UTC") return ok();
  if (!well_formed(zone)) {
    return Error{Errc::invalid,
                 to_string(Complaint{quoted(zone) + " is not a time zone", expected})};
  }
  if (has_zone_data(zone_file(zone))) return ok();
  std::error_code ignored;
  if (!fs::is_directory(kZoneInfo, ignored)) {
    return Error{Errc::not_found,
                 to_string(Complaint{"this host has no time zone data for " + quoted(zone),
                                     "UTC, or the package tzdata"})};
  }
  return Error{Errc::not_found, to_string(Complaint{"unknown time zone " + quoted(zone), expected,
                                                    nearest_zone(zone)})};
}

Result<LocalTime> local_time(std::string_view zone, WallTime at) {
  if (const auto known = check_zone(zone); !known) return known.error();
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  if (zone == "UTC") {
    gmtime_r(&seconds, &parts);
  } else {
    parts = parts_in(zone_file(zone), seconds);
  }
  return LocalTime{(parts.tm_wday + 6) % 7, parts.tm_hour * 60 + parts.tm_min};
}

}  // namespace forkmend::policy
