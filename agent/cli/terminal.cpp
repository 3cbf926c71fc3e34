// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "base/text.hpp"

namespace forkmend::cli {

namespace {

constexpr std::size_t kLabelWidth = 9;
constexpr std::size_t kPipeWidth = 100;

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return kPipeWidth;
  return std::min<std::size_t>(size.ws_col, 120);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::string_view word : split_blanks(text)) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  lines.push_back(std::move(line));
  return lines;
}

}  // namespace

Terminal::Terminal(Colour colour) {
  const bool out = isatty(STDOUT_FILENO) == 1;
  colour_ = out && colour == Colour::when_terminal && std::getenv("NO_COLOR") == nullptr;
  stdout_is_terminal_ = out;
  can_ask_ = out && isatty(STDIN_FILENO) == 1;
  stderr_is_terminal_ = isatty(STDERR_FILENO) == 1;
  width_ = out ? terminal_width() : kPipeWidth;
}

void Terminal::line(std::string_view text) {
  end_progress();
  std::cout << text << '\n' << std::flush;
}

void Terminal::field(std::string_view label, std::string_view text) {
  std::string head(label);
  head.resize(std::max(kLabelWidth, label.size() + 1), ' ');
  for (const std::string& part : wrapped(text, width_ - kLabelWidth)) {
    line((head.find_first_not_of(' ') == std::string::npos ? head : bold(head)) + part);
    head.assign(kLabelWidth, ' ');
  }
}

void Terminal::item(std::string_view text) {
  std::string head = std::string(kLabelWidth, ' ') + "- ";
  for (const std::string& part : wrapped(text, width_ - kLabelWidth - 2)) {
    line(head + part);
    head.assign(kLabelWidth + 2, ' ');
  }
}

std::string Terminal::painted(std::string_view code, std::string_view text) const {
  if (!colour_) return std::string(text);
  return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

std::string Terminal::bold(std::string_view text) const {
  return painted("1", text);
}

std::string Terminal::good(std::string_view text) const {
  return painted("1;32", text);
}

std::string Terminal::bad(std::string_view text) const {
  return painted("1;31", text);
}

std::string Terminal::dim(std::string_view text) const {
  return painted("2", text);
}

void Terminal::clear() {
  if (stdout_is_terminal_) std::cout << "\x1b[H\x1b[2J" << std::flush;
}

void Terminal::progress(std::string_view text) {
  if (!stderr_is_terminal_) return;
  std::cerr << "\r\x1b[K" << text.substr(0, width_ - 1) << std::flush;
  progress_shown_ = true;
}

void Terminal::end_progress() {
  if (!progress_shown_) return;
  std::cerr << "\r\x1b[K" << std::flush;
  progress_shown_ = false;
}

bool Terminal::ask(std::string_view question) {
  if (!can_ask_) return false;
  end_progress();
  std::cout << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer)) return false;
  const std::string_view word = trim(answer);
  return word == "y" || word == "Y" || word == "yes";
}

}  // namespace forkmend::cli
