// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "markdown.hpp"

#include <string>
#include <vector>

#include "base/text.hpp"

namespace forkmend::pages {

namespace {

/// Without the marks of code and bold, which a man page shows by other means or not at all.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') continue;
    if (text.substr(i).starts_with("**")) {
      ++i;
      continue;
    }
    out += text[i];
  }
  return out;
}

/// The cells of "| a | b |".
std::vector<std::string> cells(std::string_view line) {
  std::vector<std::string> out;
  const auto parts = split(line, '|');
  out.reserve(parts.size());
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) out.push_back(plain(trim(parts[i])));
  return out;
}

/// Takes lines one by one; what is open (a paragraph, code, a table) is written when it ends.
class Reader {
 public:
  explicit Reader(Roff* page) : page_(page) {}

  void line(std::string_view text) {
    if (text.starts_with("```")) return fence();
    if (in_code_) {
      open_.append(text).append("\n");
    } else if (text.starts_with("## ") || text.starts_with("# ")) {
      finish();
      if (text.starts_with("## ")) page_->section(plain(text.substr(3)));
    } else if (text.starts_with("|")) {
      row(text);
    } else if (text.empty() || text.starts_with("- ")) {
      finish();
      open_ = text;
    } else {
      open_.append(open_.empty() ? "" : " ").append(text);
    }
  }

  void finish() {
    if (!trim(open_).empty()) page_->paragraph(plain(open_));
    open_.clear();
    rows_ = 0;
  }

 private:
  void fence() {
    if (in_code_) {
      page_->verbatim(open_);
      open_.clear();
    } else {
      finish();
    }
    in_code_ = !in_code_;
  }

  void row(std::string_view text) {
    if (rows_ == 0) finish();
    constexpr int kHeadRows = 2;  // the names of the columns, and the line below them
    if (++rows_ <= kHeadRows) return;
    const auto parts = cells(text);
    std::vector<std::string> said;
    said.reserve(parts.size());
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!parts[i].empty()) said.push_back(parts[i]);
    }
    if (!parts.empty()) page_->term(parts.front(), join(said, "; "));
  }

  Roff* page_;
  std::string open_;
  bool in_code_ = false;
  int rows_ = 0;
};

}  // namespace

void add_markdown(Roff& page, std::string_view text) {
  Reader reader(&page);
  for (const std::string_view line : lines_of(text)) reader.line(line);
  reader.finish();
}

}  // namespace forkmend::pages
