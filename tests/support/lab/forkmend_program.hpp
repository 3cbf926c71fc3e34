// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/lab/program.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::testing {

/// The program under test as a person runs it, with a journal of its own. The binary is named by
/// the environment variable FORKMEND_PROGRAM (set by the build).
class Forkmend {
 public:
  /// A copy that the ordinary user of the tests may run, with a state directory of that user's.
  explicit Forkmend(std::optional<uid_t> run_as = std::nullopt);

  [[nodiscard]] ProgramResult run(std::vector<std::string> words,
                                  std::map<std::string, std::string> environment = {}) const;
  /// The same in the background; what it writes goes to the file as it comes.
  [[nodiscard]] pid_t start(const std::vector<std::string>& words, const std::string& output) const;
  /// With --json; the document. Throws when stdout is not one JSON document.
  [[nodiscard]] boost::json::object json(std::vector<std::string> words, int* exit_code) const;
  [[nodiscard]] std::string state_dir() const;
  /// Writes a policy file that this program may read; its path.
  [[nodiscard]] std::string policy(const std::string& toml) const;

 private:
  TempDir dir_;
  std::optional<uid_t> run_as_;
};

/// document["instances"][0], with a clear failure when it is not there.
[[nodiscard]] const boost::json::object& only_instance(const boost::json::object& document);

/// "instances.0.causes.0.id" -> its text; numbers and booleans as JSON writes them; "" when
/// missing.
[[nodiscard]] std::string at_path(const boost::json::object& document, const std::string& path);

}  // namespace forkmend::testing
