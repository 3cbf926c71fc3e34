// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <optional>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "settings/settings.hpp"

namespace forkmend::settings {

/// One [[notify]]; nullopt without a usable type. Every mistake is reported.
[[nodiscard]] std::optional<NotifySettings> read_notify(const policy::Node& table,
                                                        policy::Issues& issues);

}  // namespace forkmend::settings
