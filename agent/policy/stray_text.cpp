// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/stray_text.hpp"

#include <algorithm>

namespace forkmend::policy {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool outside_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

/// Where the scan stands: whether a string or a comment is open, and which.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// The offset of the first stray character.
  std::optional<std::size_t> run() {
    while (at_ < text_.size()) {
      const bool stray = inside_ == Inside::nothing   ? scan_plain()
                         : inside_ == Inside::comment ? scan_comment()
                                                      : scan_string();
      if (stray) return at_;
    }
    return std::nullopt;
  }

 private:
  enum class Inside { nothing, comment, text, long_text };

  [[nodiscard]] std::size_t quotes_here() const {
    const std::size_t end = std::min(text_.find_first_not_of(quote_, at_), text_.size());
    return end - at_;
  }

  bool scan_plain() {
    const char c = text_[at_];
    if (outside_ascii(c)) return true;
    if (c == '#') inside_ = Inside::comment;
    if (c != '"' && c != '\'') {
      ++at_;
      return false;
    }
    quote_ = c;
    const std::size_t quotes = quotes_here();
    inside_ = quotes >= 3 ? Inside::long_text : Inside::text;
    at_ += quotes >= 3 ? 3 : 1;
    return false;
  }

  bool scan_comment() {
    if (text_[at_++] == '\n') inside_ = Inside::nothing;
    return false;
  }

  bool scan_string() {
    const char c = text_[at_];
    if (c == '\\' && quote_ == '"') return scan_escape();
    if (c == quote_) {
      close();
      return false;
    }
    // A broken line ends a short string: the parser will say so.
    if (c == '\n' && inside_ == Inside::text) inside_ = Inside::nothing;
    ++at_;
    return false;
  }

  /// A backslash at the end of a line skips all white space that follows.
  bool scan_escape() {
    ++at_;
    const std::size_t next = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    if (next > at_ && inside_ == Inside::long_text) {
      at_ = next;
    } else if (at_ < text_.size() && !outside_ascii(text_[at_]) && text_[at_] != '\n') {
      ++at_;
      return false;
    }
    return at_ < text_.size() && outside_ascii(text_[at_]);
  }

  /// Up to two quotes may stand before the three that end a long string.
  void close() {
    const std::size_t quotes = quotes_here();
    if (inside_ == Inside::text) {
      at_ += 1;
      inside_ = Inside::nothing;
    } else {
      at_ += std::min<std::size_t>(quotes, 5);
      if (quotes >= 3) inside_ = Inside::nothing;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Inside inside_ = Inside::nothing;
  char quote_ = '"';
};

/// Columns count characters, as in the other messages.
SourcePosition position_of(std::string_view text, std::size_t offset) {
  SourcePosition at{1, 1};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++at.column;
    }
  }
  return at;
}

}  // namespace

std::optional<SourcePosition> find_stray_text(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto offset = Scanner(text).run();
  return offset ? std::optional(position_of(text, *offset)) : std::nullopt;
}

}  // namespace forkmend::policy
