// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <array>
#include <cstdio>

#include "policy/parameter_value.hpp"

namespace forkmend::policy {

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> buffer{};
      std::snprintf(buffer.data(), buffer.size(), "\\u%04X", static_cast<unsigned>(byte));
      out += buffer.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace forkmend::policy
