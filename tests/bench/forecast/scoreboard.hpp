// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "forecast/verdict.hpp"
#include "subject.hpp"

namespace forkmend::bench {

/// One prediction with what came of it.
struct Trial {
  std::string rule;  ///< the one that binds; when admitted, the one that the trial was about
  forecast::Verdict verdict = forecast::Verdict::unknown;
  /// Where the verdict is refused: that of the binding rule, and those of earlier rules that are
  /// too close to call, of which one may come first.
  std::vector<int> possible_errnos;
  Outcome outcome;
};

enum class Score { right, wrong, too_close, unknown };

/// admitted is right when a child came, refused when fork() failed with such an errno, kill when
/// the forking process died. Too close and unknown are neither right nor wrong.
[[nodiscard]] Score score(const Trial& trial);

/// Counts trials: rule x verdict x score.
class Scoreboard {
 public:
  void add(const Trial& trial);

  [[nodiscard]] int trials() const { return trials_; }
  [[nodiscard]] int wrong() const;
  /// Share of the trials that were not decided, in percent, without those where mode 2's counter
  /// leaves no other answer.
  [[nodiscard]] double undecided_percent() const;
  /// The table as Markdown.
  [[nodiscard]] std::string table() const;

 private:
  using Key = std::pair<std::string, std::string>;  ///< rule, verdict
  [[nodiscard]] int count(const Key& key, Score score) const;
  std::map<Key, std::map<Score, int>> counts_;
  int trials_ = 0;
};

}  // namespace forkmend::bench
