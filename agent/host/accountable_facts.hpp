// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>

#include "base/fact.hpp"
#include "host/accountable.hpp"
#include "host/fact_writer.hpp"
#include "host/root.hpp"

namespace forkmend::host {

/// A process whose charge at fork is wanted, with the facts that were collected before.
struct AccountableSubject {
  const Root& root;
  std::int64_t pid;
  const FactSet& facts;  ///< instance.vm_data, instance.vm_stack, instance.rss
  const FactSet& host;
  const WalkLimit& limit;
};

/// instance.accountable, instance.accountable_max, instance.accountable_bound, instance.anon_huge.
/// The bound always; smaps only where the bound leaves the answer open and the walk is cheap
/// enough.
void put_accountable_facts(FactWriter& writer, const AccountableSubject& subject);

}  // namespace forkmend::host
