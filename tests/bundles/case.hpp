// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace forkmend::testing {

/// expected.toml: what the program must say about a case.
struct Expectation {
  /// Id of the first cause; "none": nothing fails; "unknown": no cause is sure; "false-alarm":
  /// nothing fails although it looks so.
  std::string cause;
  std::string confidence;  ///< of the first cause; empty: any
  std::string kind;        ///< of the newest failure; empty: any
  std::string stage;
  std::string error;                   ///< name of its errno
  std::vector<std::string> ruled_out;  ///< ids
  std::vector<std::string> refused;    ///< remedies that the plan refuses
  std::vector<std::string> advice;     ///< parts of sentences, of any advice or consequence
  std::string forecast;                ///< verdict; empty: any
  std::vector<std::string> strains;    ///< what harms although no save fails
  bool pending = false;                ///< the program does not know this cause yet
  std::string wrong_today;             ///< a wrong answer that is known and not mended yet
};

/// Throws with file, line and what was expected.
[[nodiscard]] Expectation read_expectation(const std::filesystem::path& file);

/// Writes the bundle that NAME/case.toml describes into a new directory: a host of _hosts/ and a
/// server of _servers/, with what the case changes of them. See README.md for the form. Throws.
void expand_case(const std::filesystem::path& cases, const std::string& name,
                 const std::filesystem::path& bundle);

/// The server of _servers/ that a case is about.
[[nodiscard]] std::string case_server(const std::filesystem::path& cases, const std::string& name);

/// Folders that hold a case.toml, by name.
[[nodiscard]] std::vector<std::string> case_names(const std::filesystem::path& cases);

}  // namespace forkmend::testing
