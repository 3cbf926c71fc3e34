// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

namespace forkmend::pages {

/// Text as a man page shows it: "\" and "-" as such, no line taken for a request.
[[nodiscard]] std::string roff_text(std::string_view text);

/// Writes a man page line by line (man(7)).
class Roff {
 public:
  Roff(std::string_view title, std::string_view section, std::string_view summary);

  void section(std::string_view title);
  void subsection(std::string_view title);
  void paragraph(std::string_view text);
  /// A term in bold and what it means, indented.
  void term(std::string_view term, std::string_view text);
  /// Lines as they are.
  void verbatim(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace forkmend::pages
