// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/risk.hpp"
#include "base/units.hpp"

namespace forkmend::policy {

enum class ParameterType { integer, size, duration, percent, text, boolean, choice, list };

/// A remedy's parameter as data: the policy loader, `remedies show`, and the docs share it.
struct ParameterSpec {
  std::string_view name;
  ParameterType type = ParameterType::text;
  std::string_view default_value;  ///< as a policy would write it; "auto" allowed where takes_auto
  bool takes_auto = false;
  std::int64_t minimum = INT64_MIN;  ///< bytes, milliseconds, percent or a count
  std::int64_t maximum = INT64_MAX;
  std::span<const std::string_view> choices = {};
  std::string_view help;
  bool required = false;  ///< a policy that names the remedy has to give it
};

/// What the policy loader must know of a remedy; made from remediations' specs by the caller.
struct RemedyDeclaration {
  std::string_view id;
  Scope scope = Scope::instance;
  Risk risk = Risk::safe;
  std::span<const ParameterSpec> parameters = {};
};

/// "auto": the remedy computes it.
struct Auto {
  bool operator==(const Auto&) const = default;
};

/// integer, size (bytes), duration (milliseconds) and percent are int64; a list holds strings.
using ParameterValue =
    std::variant<Auto, std::int64_t, bool, std::string, std::vector<std::string>>;

/// Checked values by name, defaults filled in for all that the policy leaves out.
class Parameters {
 public:
  void set(std::string_view name, ParameterValue value);
  [[nodiscard]] bool is_auto(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> list(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, ParameterValue, std::less<>>& all() const {
    return values_;
  }

 private:
  std::map<std::string, ParameterValue, std::less<>> values_;
};

/// All of a remedy's parameters at their defaults; those without one are left out.
[[nodiscard]] Parameters default_parameters(std::span<const ParameterSpec> specs);

}  // namespace forkmend::policy
