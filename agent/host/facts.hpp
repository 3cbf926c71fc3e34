// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

#include "base/fact.hpp"
#include "host/accountable.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// Every host.* fact of the catalogue but host.kernel_log, which whoever reads the log knows.
/// Cheap: a dozen small files, no walk over processes. A file that is missing or may not be read
/// gives a fact without a value and with the reason.
[[nodiscard]] FactSet host_facts(const Root& root);

/// Every instance.* fact that the kernel knows of a process; `host` is what host_facts() gave for
/// the same moment. Not set here, because the caller proves them: instance.local,
/// instance.locality, instance.endpoint, instance.log_file, instance.other_save_children; and,
/// because they need what the server says (redis/directory_facts.hpp), instance.dir.* and
/// instance.aof_dir.*. The page walk of smaps is done only where it can decide something and within
/// the limit (see accountable.hpp). A process that ends, or whose pid is taken by another one,
/// while it is read gives facts without values.
[[nodiscard]] FactSet process_facts(const Root& root, std::int64_t pid, const FactSet& host,
                                    const WalkLimit& limit = {});

}  // namespace forkmend::host
