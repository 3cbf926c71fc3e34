// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "diagnosis/audit.hpp"
#include "engine/observe.hpp"

namespace forkmend::cli {

/// The host, or one server, with its findings.
struct AuditSubject {
  std::string endpoint;  ///< empty: the host
  std::string title;
  const engine::ObservedInstance* instance = nullptr;
  std::vector<diagnosis::Finding> findings;
};

/// The same findings as text, JSON, one line for Nagios, samples for the Prometheus textfile
/// collector, or JUnit XML.
void print_audit(Session& session, const std::string& format,
                 const std::vector<AuditSubject>& subjects, diagnosis::Severity worst);

}  // namespace forkmend::cli
