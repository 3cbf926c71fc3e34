// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fact.hpp"
#include "base/risk.hpp"
#include "policy/parameter.hpp"
#include "policy/proof_limits.hpp"
#include "policy/window.hpp"

namespace forkmend::policy {

enum class Mode { observe, dry_run, heal };
enum class Persist { never, after_verify };
/// strain: saves work, and something makes them dear or slow (diagnosis::Diagnosis::strains).
enum class Trigger { failure, forecast, strain };
/// In which order a rule's remedies have their turn.
enum class Order { listed, least_invasive };
enum class Truth { no, yes, unknown };

[[nodiscard]] std::string_view to_string(Mode mode);
[[nodiscard]] std::string_view to_string(Persist persist);
[[nodiscard]] std::string_view to_string(Order order);

struct SourcePosition {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// One mistake in a file. to_string: "file:line:column: what is wrong; what was expected; did you
/// mean X".
struct PolicyError {
  std::string file;
  SourcePosition at;
  std::string message;
};

[[nodiscard]] std::string to_string(const PolicyError& error);

enum class CompareOp { equal, not_equal, less, less_equal, greater, greater_equal, in, matches };

struct Pattern;  ///< a compiled regular expression (pattern.hpp)

/// "host.overcommit_memory == 2", compiled.
struct Condition {
  std::string text;
  std::string fact;
  CompareOp op = CompareOp::equal;
  std::vector<FactValue> values;                ///< one, or the list of `in`; in the fact's unit
  std::shared_ptr<const Pattern> pattern = {};  ///< of `matches`
};

/// A condition over an unknown fact is unknown, which a rule treats as not holding.
[[nodiscard]] Truth evaluate(const Condition& condition, const FactSet& facts);

/// Why it does not hold, or that it does: "host.overcommit_memory == 2 does not hold: it is 0".
[[nodiscard]] std::string explain(const Condition& condition, const FactSet& facts);

/// One entry of `try`.
struct RemedyChoice {
  std::string remedy;
  Parameters parameters;
  std::optional<Risk> risk;  ///< raised by the rule, never lowered
  SourcePosition at;
  /// Each parameter as a policy writes it, with its unit; for to_toml.
  std::map<std::string, std::string, std::less<>> written = {};
};

struct Rule {
  std::string name;
  std::vector<Trigger> on = {Trigger::failure};
  std::vector<std::string> causes;  ///< empty: any
  std::vector<RemedyChoice> first_aid;
  std::vector<Condition> when;
  std::vector<RemedyChoice> attempts;  ///< the key `try`
  Order order = Order::listed;
  Persist persist = Persist::never;
  SourcePosition at;
};

struct Rails {
  Risk max_risk = Risk::disruptive;
  std::chrono::milliseconds cooldown = std::chrono::minutes(10);
  int max_incidents_per_hour = 4;
  int same_cause_limit = 3;
  std::optional<std::chrono::milliseconds> verify_timeout;  ///< nullopt: auto
  PutOffAbove put_off_above;
  AbortAbove abort_above;
  std::chrono::milliseconds stable_after = std::chrono::minutes(30);
  int stable_saves = 3;
  std::vector<Window> windows;
  std::vector<std::string> deny;
  bool keep_strict_overcommit = true;
};

/// A finding of the audit that somebody has looked at and lives with, until a day.
struct Waiver {
  std::string finding;   ///< id of the finding
  std::string instance;  ///< URL; empty: the host and every server
  std::string reason;
  std::chrono::year_month_day until;  ///< the last day, UTC
  SourcePosition at;
};

struct Policy {
  std::string source;  ///< file name, or "built-in default"
  Mode mode = Mode::dry_run;
  Rails rails;
  std::vector<Rule> rules;
  std::vector<Waiver> waivers;
};

/// parse -> validate -> compile; every mistake of the file at once, in file order.
using LoadResult = std::variant<Policy, std::vector<PolicyError>>;
[[nodiscard]] LoadResult parse_policy(std::string_view text, std::string_view file,
                                      std::span<const RemedyDeclaration> remedies);

/// Reads and parses; as root refuses a file (or its directory) that others can write.
[[nodiscard]] LoadResult load_policy(const std::string& path,
                                     std::span<const RemedyDeclaration> remedies);

/// policies/default.toml as compiled in.
[[nodiscard]] std::string_view default_policy_text();

/// The effective policy as TOML that parses to the same policy.
[[nodiscard]] std::string to_toml(const Policy& policy);

/// Why a rule matched or did not, for `policy explain`.
struct RuleTrace {
  const Rule* rule = nullptr;
  bool matched = false;
  std::string because;  ///< the first thing that does not hold, with the fact's value
};

struct RuleMatch {
  const Rule* rule = nullptr;  ///< nullptr: none matched
  std::vector<RuleTrace> trace;
};

/// The first rule whose trigger, cause and conditions all hold.
[[nodiscard]] RuleMatch match_rule(const Policy& policy, Trigger trigger, std::string_view cause,
                                   const FactSet& facts);

}  // namespace forkmend::policy
