// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/accountable.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "host/process.hpp"
#include "host/saturate.hpp"

namespace forkmend::host {

namespace {

std::optional<std::uint64_t> hex_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// Length of the mapping of a line "55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0   [heap]".
std::optional<std::int64_t> mapping_length(std::string_view line) {
  const std::string_view range = line.substr(0, line.find(' '));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.size() == line.size()) return std::nullopt;
  const auto begin = hex_number(range.substr(0, dash));
  const auto end = hex_number(range.substr(dash + 1));
  if (!begin || !end || *end <= *begin) return std::nullopt;
  return static_cast<std::int64_t>(
      std::min(*end - *begin, static_cast<std::uint64_t>(INT64_MAX / 4)));
}

}  // namespace

void SmapsSum::add_line(std::string_view line) {
  constexpr std::string_view kFlags = "VmFlags:";
  constexpr std::string_view kHuge = "AnonHugePages:";
  if (const auto length = mapping_length(line)) {
    size_ = *length;
    huge_ = 0;
    flags_missing_ = true;
    ++mappings_;
    return;
  }
  if (line.starts_with(kHuge)) {
    const auto words = split_blanks(line.substr(kHuge.size()));
    const std::int64_t kib = words.empty() ? 0 : parse_integer(words[0]).value_or(0);
    huge_ = saturating_multiply(std::max<std::int64_t>(kib, 0), 1024);
  }
  if (!line.starts_with(kFlags) || !flags_missing_) return;
  flags_missing_ = false;
  ++flagged_;
  sum_.huge = saturating_add(sum_.huge, huge_);
  const auto flags = split_blanks(line.substr(kFlags.size()));
  const bool accounted = std::ranges::find(flags, "ac") != flags.end();
  const bool copied = std::ranges::find(flags, "dc") == flags.end();
  if (!accounted || !copied) return;
  sum_.total = saturating_add(sum_.total, size_);
  sum_.largest = std::max(sum_.largest, size_);
}

Result<Accountable> SmapsSum::finish() const {
  if (mappings_ == 0) return Error{Errc::not_found, "smaps: no mappings (the process is ending)"};
  if (flagged_ == 0) return Error{Errc::unsupported, "smaps: no VmFlags (kernel before 3.8)"};
  if (flagged_ != mappings_) return Error{Errc::parse, "smaps: ends within a mapping"};
  return sum_;
}

OnlyWalk::OnlyWalk() : ours_(!under_way.exchange(true)) {}

OnlyWalk::~OnlyWalk() {
  if (ours_) under_way = false;
}

Result<Accountable> read_accountable(const Root& root, std::int64_t pid) {
  const OnlyWalk walk;
  if (!walk.ours()) return Error{Errc::busy, "another walk over smaps is under way"};
  SmapsSum sum;
  auto read =
      root.scan(proc_path(pid, "smaps"), [&sum](std::string_view line) { sum.add_line(line); });
  if (!read) return read.error();
  return sum.finish();
}

std::optional<std::int64_t> accountable_bound(std::optional<std::int64_t> vm_data,
                                              std::optional<std::int64_t> vm_stack,
                                              std::optional<std::int64_t> vm_size) {
  if (!vm_data || !vm_stack) return std::nullopt;
  const std::int64_t written = saturating_add(*vm_data, *vm_stack);
  const std::int64_t others = vm_size ? saturating_add(*vm_size, -written) : 0;
  return saturating_add(written, std::max(others, kAccountableSlack));
}

std::chrono::milliseconds walk_cost(std::int64_t resident_bytes) {
  constexpr std::int64_t kBytesPerGb = 1'000'000'000;
  const std::int64_t tenths = saturating_multiply(resident_bytes / (kBytesPerGb / 1000), 85);
  return std::chrono::milliseconds(tenths / 10 / 1000);
}

namespace {

SmapsDecision needed(std::string because) {
  return {SmapsWalk::needed, std::move(because)};
}

SmapsDecision not_needed(std::string because) {
  return {SmapsWalk::not_needed, std::move(because)};
}

/// Mode 0: the largest mapping is at most the bound.
SmapsDecision decide_heuristic(const SmapsQuestion& question) {
  const auto fits_under = [&](std::optional<std::int64_t> room) {
    return question.bound && room && *question.bound < *room;
  };
  const bool fits_new = fits_under(question.ram_and_swap);
  const bool fits_old = fits_under(question.heuristic_free);
  const bool fits = question.rule == Mode0Rule::new_rule   ? fits_new
                    : question.rule == Mode0Rule::old_rule ? fits_old
                                                           : fits_new && fits_old;
  return fits ? not_needed("even the upper bound fits under the rule of mode 0")
              : needed("the upper bound does not fit under the rule of mode 0");
}

/// Mode 2: the charge is at most the bound.
SmapsDecision decide_strict(const SmapsQuestion& question) {
  if (question.bound && question.commit_room && *question.bound < *question.commit_room) {
    return not_needed("even the upper bound fits under the limit of mode 2");
  }
  return needed("mode 2 charges every accountable mapping");
}

}  // namespace

SmapsDecision decide_smaps_walk(const SmapsQuestion& question) {
  if (!question.overcommit_memory) return not_needed("vm.overcommit_memory is unknown");
  switch (*question.overcommit_memory) {
    case 0:
      return decide_heuristic(question);
    case 1:
      return not_needed("mode 1 refuses nothing");
    case 2:
      return decide_strict(question);
    default:
      return not_needed("no such overcommit mode");
  }
}

}  // namespace forkmend::host
