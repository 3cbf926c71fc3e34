// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/toml_text.hpp"

#include <cstddef>
#include <cstdint>

namespace forkmend {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

bool continues(std::uint32_t byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// Bytes of a character from U+0080 to U+FFFF at this place; 0 when there is none. Overlong forms
/// and surrogates need not be told apart: the parser refuses them in either plane or before it.
std::size_t short_character(std::string_view text, std::size_t at) {
  const std::uint32_t lead = byte_at(text, at);
  if (!continues(byte_at(text, at + 1))) return 0;
  if (lead >= 0xC2U && lead <= 0xDFU) return 2;
  if ((lead & 0xF0U) != 0xE0U || !continues(byte_at(text, at + 2))) return 0;
  const std::uint32_t next = byte_at(text, at + 1);
  const bool overlong = lead == 0xE0U && next < 0xA0U;
  const bool surrogate = lead == 0xEDU && next >= 0xA0U;
  return overlong || surrogate ? 0 : 3;
}

std::uint32_t decode(std::string_view text, std::size_t at, std::size_t size) {
  std::uint32_t character = byte_at(text, at) & (size == 2 ? 0x1FU : 0x0FU);
  for (std::size_t i = 1; i < size; ++i) {
    character = character << 6U | (byte_at(text, at + i) & 0x3FU);
  }
  return character;
}

/// U+F0000 to U+FFFFF begin with F3 B0 to F3 BF and have four bytes.
bool is_plane_15(std::string_view text, std::size_t at) {
  return byte_at(text, at) == 0xF3U && byte_at(text, at + 1) >= 0xB0U &&
         continues(byte_at(text, at + 1)) && continues(byte_at(text, at + 2)) &&
         continues(byte_at(text, at + 3));
}

void append_byte(std::string& out, std::uint32_t byte) {
  out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
}

void append_plane_15(std::string& out, std::uint32_t low) {
  append_byte(out, 0xF3U);
  append_byte(out, 0xB0U | low >> 12U);
  append_byte(out, 0x80U | (low >> 6U & 0x3FU));
  append_byte(out, 0x80U | (low & 0x3FU));
}

void append_short(std::string& out, std::uint32_t character) {
  if (character < 0x800U) {
    append_byte(out, 0xC0U | character >> 6U);
  } else {
    append_byte(out, 0xE0U | character >> 12U);
    append_byte(out, 0x80U | (character >> 6U & 0x3FU));
  }
  append_byte(out, 0x80U | (character & 0x3FU));
}

}  // namespace

std::optional<std::string> to_private_use(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  if (text.starts_with(kByteOrderMark)) out = kByteOrderMark;
  for (std::size_t at = out.size(); at < text.size();) {
    if (is_plane_15(text, at)) return std::nullopt;
    const std::size_t size = short_character(text, at);
    if (size == 0) {
      out.push_back(text[at++]);
    } else {
      append_plane_15(out, decode(text, at, size));
      at += size;
    }
  }
  return out;
}

std::string from_private_use(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (!is_plane_15(text, at)) {
      out.push_back(text[at++]);
      continue;
    }
    append_short(out, (byte_at(text, at + 1) & 0x0FU) << 12U |
                          (byte_at(text, at + 2) & 0x3FU) << 6U | (byte_at(text, at + 3) & 0x3FU));
    at += 4;
  }
  return out;
}

}  // namespace forkmend
