// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fact.hpp"

namespace forkmend::redis {

using ConfigPairs = std::vector<std::pair<std::string, std::string>>;

/// The parameters of CONFIG GET as redis.config.NAME, all of them text, byte for byte as the server
/// spells them (they are what an undo puts back): printable() before showing.
/// Parameters that hold secrets are left out. Where a server (4.0) has only the old name
/// "slave-...", the fact "replica-..." is there as well.
[[nodiscard]] FactSet config_facts(const ConfigPairs& pairs);

/// A parameter whose value must never be shown or stored: requirepass, masterauth, ...
[[nodiscard]] bool is_secret_parameter(std::string_view name);

/// "name value" lines of a captured bundle; a name alone has the empty value. Lines without a
/// parameter's name are passed over.
[[nodiscard]] ConfigPairs parse_config_lines(std::string_view text);

}  // namespace forkmend::redis
