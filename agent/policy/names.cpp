// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/names.hpp"

namespace forkmend::policy {

std::string_view to_string(Mode mode) {
  return kModeWords.at(static_cast<std::size_t>(mode));
}

std::string_view to_string(Persist persist) {
  return kPersistWords.at(static_cast<std::size_t>(persist));
}

std::string_view to_string(Order order) {
  return kOrderWords.at(static_cast<std::size_t>(order));
}

std::string_view to_string(Trigger trigger) {
  return kTriggerWords.at(static_cast<std::size_t>(trigger));
}

}  // namespace forkmend::policy
