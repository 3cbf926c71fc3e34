// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "remediations/remediation.hpp"

namespace forkmend::remediations {

/// A configuration file that only forkmend writes. Several remedies may keep lines in the same one,
/// so its content is always made anew from the lines it has and those that change.
struct OwnFile {
  std::optional<std::string> content;  ///< nullopt: there is none yet
  std::vector<std::string> lines;      ///< without blank lines and comments
};

/// Errors: invalid when the path is not a regular file or does not begin as own_file_text() makes
/// it: then somebody else wrote it and it is left alone. Else what reading it met.
[[nodiscard]] Result<OwnFile> read_own_file(const host::Root& root, const std::string& path);

/// The comment that says who wrote the file, why and how to undo it, then the lines. `apply` is
/// what makes the rest of the system see that the file is gone.
[[nodiscard]] std::string own_file_text(std::string_view apply,
                                        const std::vector<std::string>& lines);

/// What a remedy wants to keep over a boot, and what it cannot.
struct Persistence {
  std::vector<Step> steps;
  std::vector<std::string> notes;
};

[[nodiscard]] Persistence not_persisted(std::string_view because);
void append(Proposal& proposal, Persistence persistence);

struct OwnFileChange {
  std::string_view remedy;
  std::string path;
  std::string_view afterwards;  ///< as in Target
  std::string why;
};

/// The step that gives the file this content; no step and a note where it has it already.
[[nodiscard]] Persistence own_file_step(const OwnFileChange& change, const OwnFile& now,
                                        std::string text);

}  // namespace forkmend::remediations
