// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "scoreboard.hpp"

#include <algorithm>
#include <sstream>

namespace forkmend::bench {

namespace {

using forecast::Verdict;

/// Where the counter that mode 2 tests cannot be read exactly.
bool may_be_too_close(const std::string& rule) {
  return rule == "OC2";
}

}  // namespace

Score score(const Trial& trial) {
  const Outcome& outcome = trial.outcome;
  switch (trial.verdict) {
    case Verdict::admitted:
      return !outcome.died && outcome.error_number == 0 ? Score::right : Score::wrong;
    case Verdict::refused: {
      const bool so = std::ranges::find(trial.possible_errnos, outcome.error_number) !=
                      trial.possible_errnos.end();
      return so && !outcome.died && outcome.error_number != 0 ? Score::right : Score::wrong;
    }
    case Verdict::kill:
      return outcome.died ? Score::right : Score::wrong;
    case Verdict::too_close:
      return Score::too_close;
    case Verdict::unknown:
      break;
  }
  return Score::unknown;
}

void Scoreboard::add(const Trial& trial) {
  ++trials_;
  ++counts_[{trial.rule, std::string(to_string(trial.verdict))}][score(trial)];
}

int Scoreboard::count(const Key& key, Score score) const {
  const auto row = counts_.find(key);
  if (row == counts_.end()) return 0;
  const auto found = row->second.find(score);
  return found != row->second.end() ? found->second : 0;
}

int Scoreboard::wrong() const {
  int sum = 0;
  for (const auto& [key, scores] : counts_) sum += count(key, Score::wrong);
  return sum;
}

double Scoreboard::undecided_percent() const {
  int sum = 0;
  for (const auto& [key, scores] : counts_) {
    if (!may_be_too_close(key.first)) sum += count(key, Score::too_close);
    sum += count(key, Score::unknown);
  }
  return trials_ == 0 ? 0 : 100.0 * sum / trials_;
}

std::string Scoreboard::table() const {
  std::ostringstream out;
  out << "| rule | verdict | right | wrong | too close | unknown |\n|---|---|---|---|---|---|\n";
  for (const auto& [key, scores] : counts_) {
    out << "| " << key.first << " | " << key.second << " | " << count(key, Score::right) << " | "
        << count(key, Score::wrong) << " | " << count(key, Score::too_close) << " | "
        << count(key, Score::unknown) << " |\n";
  }
  return out.str();
}

}  // namespace forkmend::bench
