// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/conf_edit.hpp"

#include <array>
#include <optional>
#include <string>

#include "redis/conf_file.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace forkmend::fuzz {

namespace {

using Value = std::optional<std::string>;

/// A value of ours on top of the operator's, and taken away again.
void set_and_take_back(std::string_view text, std::string_view name, const std::string& value) {
  const auto before = redis::directive_value(text, name);
  const auto written = redis::with_directive(text, name, value);
  if (!before || !written) return;
  const auto after = redis::directive_value(*written, name);
  require(after.has_value() && *after == Value(value), "what is written is what is read");
  const auto back = redis::with_directive(*written, name, *before);
  if (text.find("# forkmend: ") != std::string_view::npos) return;
  require(back.has_value(), "a block of ours can be taken away");
  require(*back == text, "without the block the file is what it was");
}

}  // namespace

void run_conf_edit(std::string_view input) {
  set_and_take_back(input, "maxmemory", "1610612736");
  set_and_take_back(input, "activedefrag", "yes");
  set_and_take_back(input, "save", "3600 1 300 100");
  const auto words = redis::split_arguments(input.substr(0, input.find('\n')));
  require(!words || words->size() <= input.size(), "no word comes from nothing");
}

}  // namespace forkmend::fuzz
