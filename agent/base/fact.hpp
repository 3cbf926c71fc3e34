// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace forkmend {

/// Probe results have four values. "unknown" is not "no": rules never guess over it.
enum class FactState {
  value,
  not_applicable,  ///< this host or server has no such thing
  unreadable,      ///< it exists, but we may not or could not read it
  unknown,         ///< nobody looked, or the bundle lacks it
};

[[nodiscard]] std::string_view to_string(FactState state);

using FactValue = std::variant<std::int64_t, double, bool, std::string>;

/// One named value with where it came from. Names: host.*, instance.*, redis.*, forecast.*.
/// Sizes are bytes and durations seconds whatever the kernel's file says, except where the name
/// ends in the kernel's own unit (host.overcommit_kbytes). "unlimited" and "max" are kUnlimited.
struct Fact {
  std::string name;
  FactState state = FactState::unknown;
  FactValue value = std::int64_t{0};
  std::string unit;    ///< bytes, seconds, percent, count, KiB or empty
  std::string source;  ///< "/proc/meminfo CommitLimit", "INFO persistence"
  std::string reason;  ///< why there is no value
};

/// The value as a person reads it, without unit scaling; "unknown" and so on without a value.
[[nodiscard]] std::string to_string(const Fact& fact);
[[nodiscard]] std::string to_string(const FactValue& value);

/// All that is known at one moment. Pure data: forecast, diagnosis, policy and remedies read only
/// this, so that "what if" is the same code over changed facts. Copies share the facts: what is
/// read of the host is in the set of each of its servers, and every plan tries changed copies.
class FactSet {
 public:
  void set(Fact fact);
  void set(std::string_view name, FactValue value, std::string_view unit, std::string_view source);
  void set_missing(std::string_view name, FactState state, std::string_view source,
                   std::string_view reason);
  void merge(const FactSet& other);

  [[nodiscard]] const Fact* find(std::string_view name) const;
  /// nullopt unless the state is FactState::value and the type fits (bool never fits integer).
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;

  /// A copy in which the named facts have other values; unit and source are kept where known.
  [[nodiscard]] FactSet with(const std::map<std::string, FactValue>& changes) const;

  /// Name and fact of each, by name; a view of this set, which has to outlive it.
  [[nodiscard]] auto all() const { return std::views::transform(facts_, &FactSet::entry); }

 private:
  using Shared = std::shared_ptr<const Fact>;
  static std::pair<const std::string&, const Fact&> entry(const Shared& fact) {
    return {fact->name, *fact};
  }

  std::vector<Shared> facts_;  ///< sorted by name, one of each
};

}  // namespace forkmend
