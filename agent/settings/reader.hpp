// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "policy/table_reader.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {

/// Reads one file after the other into the same settings: a key that a file names replaces what
/// stood there, an absent one leaves it. Pure.
class Reader {
 public:
  void add(std::string_view text, std::string_view file);
  void add_error(policy::PolicyError error);

  /// What the files so far say of it, whatever their mistakes.
  [[nodiscard]] const ControlSettings& control() const { return settings_.control; }

  /// After the last file: what can be said only of all of them together, then the result.
  [[nodiscard]] LoadResult finish() &&;

 private:
  void read(const policy::Node& root, std::string_view file, policy::Issues& issues);
  void read_sections(policy::TableReader& reader, std::string_view file, policy::Issues& issues);
  void read_discovery(const policy::Node& table, std::string_view file, policy::Issues& issues);
  void merge(std::vector<InstanceSettings> instances);

  Settings settings_;
  std::vector<policy::PolicyError> errors_;
  policy::PolicyError switched_off_;  ///< where discovery was switched off, should it matter
};

}  // namespace forkmend::settings
