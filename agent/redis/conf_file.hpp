// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/root.hpp"
#include "redis/confined_read.hpp"

namespace forkmend::redis {

/// The words of a line by the rules of redis.conf (sdssplitargs): "\xHH \n \r \t \b \a \"" inside
/// double quotes, \' inside single ones. nullopt: quotes that do not close.
[[nodiscard]] std::optional<std::vector<std::string>> split_arguments(std::string_view line);

/// One line of a configuration file: a name in lower case and its arguments.
using Directive = std::vector<std::string>;

struct ConfFile {
  std::vector<Directive> directives;  ///< in the order the server reads them
  std::optional<Error> incomplete;    ///< the first included file that could not be read
};

/// A redis.conf with everything it includes. Errors: those of opening the file itself, invalid (not
/// a regular file), too_large, parse. No message has a line's text: it may hold a password.
[[nodiscard]] Result<ConfFile> read_conf_file(const host::Root& root, const ConfinedPath& path);

}  // namespace forkmend::redis
