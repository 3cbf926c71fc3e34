// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>

#include "notify/message.hpp"
#include "notify/notifier_options.hpp"

namespace forkmend::notify {

/// Pure. Headers and text for `sendmail -t -i`, lines of at most 78 bytes where words allow.
/// Nothing of a message can begin a header: headers are ASCII without control characters.
[[nodiscard]] std::string mail_text(const IncidentMessage& message, const NotifierOptions& options);

}  // namespace forkmend::notify
