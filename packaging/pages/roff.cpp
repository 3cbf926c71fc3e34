// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "roff.hpp"

#include <cctype>

#include "base/text.hpp"
#include "cli/version.hpp"

namespace forkmend::pages {

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// An argument of a request: quotes inside it doubled.
std::string argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : roff_text(text)) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::string roff_text(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

Roff::Roff(std::string_view title, std::string_view section, std::string_view summary) {
  text_ = ".TH " + argument(upper(title)) + " " + argument(section) + " \"\" " +
          argument("forkmend " + std::string(cli::kVersion)) + "\n.SH NAME\n" + roff_text(title) +
          " \\- " + roff_text(summary) + "\n";
}

void Roff::section(std::string_view title) {
  text_ += ".SH " + argument(upper(title)) + "\n";
}

void Roff::subsection(std::string_view title) {
  text_ += ".SS " + argument(title) + "\n";
}

void Roff::paragraph(std::string_view text) {
  text_ += ".PP\n" + roff_text(text) + "\n";
}

void Roff::term(std::string_view term, std::string_view text) {
  text_ += ".TP\n.B " + argument(term) + "\n" + roff_text(text) + "\n";
}

void Roff::verbatim(std::string_view text) {
  text_ += ".PP\n.RS 4\n.nf\n";
  for (const std::string_view line : lines_of(text)) text_ += roff_text(line) + "\n";
  text_ += ".fi\n.RE\n";
}

}  // namespace forkmend::pages
