// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

#include "roff.hpp"

namespace forkmend::pages {

/// Adds a text in the Markdown that this project's READMEs use: headings (## and below),
/// paragraphs, lists, tables and fenced code. Of a table's rows the first cell is the term; the
/// head is left out.
void add_markdown(Roff& page, std::string_view text);

}  // namespace forkmend::pages
