// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string>
#include <string_view>

namespace forkmend::cli {

enum class Colour { never, when_terminal };

/// Where a command talks to a person: lines on stdout, one redrawn progress line on stderr, and one
/// yes/no question. Everything shown is made printable by the caller with printable() where it came
/// from outside.
class Terminal {
 public:
  explicit Terminal(Colour colour);

  void line(std::string_view text = {});
  /// "Label  text": labels in one column, long text wrapped below itself.
  void field(std::string_view label, std::string_view text);
  void item(std::string_view text);

  [[nodiscard]] std::string bold(std::string_view text) const;
  [[nodiscard]] std::string good(std::string_view text) const;
  [[nodiscard]] std::string bad(std::string_view text) const;
  [[nodiscard]] std::string dim(std::string_view text) const;

  /// An empty screen; nothing when stdout is no terminal.
  void clear();

  /// Redraws one line on stderr; silent when stderr is not a terminal.
  void progress(std::string_view text);
  void end_progress();

  /// A person can be asked: both stdin and stdout are terminals.
  [[nodiscard]] bool can_ask() const { return can_ask_; }
  /// True only for y or yes. Without a terminal false at once.
  [[nodiscard]] bool ask(std::string_view question);

 private:
  [[nodiscard]] std::string painted(std::string_view code, std::string_view text) const;
  bool colour_ = false;
  bool stdout_is_terminal_ = false;
  bool can_ask_ = false;
  bool stderr_is_terminal_ = false;
  bool progress_shown_ = false;
  std::size_t width_ = 100;
};

}  // namespace forkmend::cli
