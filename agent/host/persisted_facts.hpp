// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include "host/fact_writer.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// host.persisted.*: what the files of this host will set at the next boot, each with the file (and
/// line) that has the last word as its source. Not applicable where no file sets it: the kernel's
/// default stays. Unreadable where a file that may have the last word could not be read.
void put_persisted_facts(FactWriter& writer, const Root& root);

}  // namespace forkmend::host
