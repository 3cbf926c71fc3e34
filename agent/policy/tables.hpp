// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"
#include "policy/issues.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::policy {

/// The key `schema` of a file. False for a file of another format: none of its keys can be judged
/// then.
[[nodiscard]] bool check_schema(TableReader& reader, Issues& issues);

/// The table under [name]; nullptr when absent, or none, which is reported.
[[nodiscard]] const Node* table_of(TableReader& reader, std::string_view name, Issues& issues);

/// The tables under [[name]]; what is none is reported.
[[nodiscard]] std::vector<const Node*> tables_of(TableReader& reader, std::string_view name,
                                                 Issues& issues);

/// "line 12".
[[nodiscard]] std::string line_of(SourcePosition at);

}  // namespace forkmend::policy
