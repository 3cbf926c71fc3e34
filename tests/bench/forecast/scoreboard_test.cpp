// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "scoreboard.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace forkmend::bench {
namespace {

using forecast::Verdict;

Trial trial(Verdict verdict, int predicted, Outcome outcome, const char* rule = "NPROC") {
  return {.rule = rule, .verdict = verdict, .possible_errnos = {predicted}, .outcome = outcome};
}

constexpr Outcome kChild{};
constexpr Outcome kEagain{.died = false, .error_number = EAGAIN};
constexpr Outcome kDied{.died = true, .error_number = 0};

TEST(Score, ComparesVerdictAndErrno) {
  EXPECT_EQ(score(trial(Verdict::admitted, 0, kChild)), Score::right);
  EXPECT_EQ(score(trial(Verdict::admitted, 0, kEagain)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::admitted, 0, kDied)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::refused, EAGAIN, kEagain)), Score::right);
  EXPECT_EQ(score(trial(Verdict::refused, ENOMEM, kEagain)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::refused, EAGAIN, kChild)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::refused, EAGAIN, kDied)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::kill, 0, kDied)), Score::right);
  EXPECT_EQ(score(trial(Verdict::kill, 0, kChild)), Score::wrong);
  EXPECT_EQ(score(trial(Verdict::too_close, 0, kChild)), Score::too_close);
  EXPECT_EQ(score(trial(Verdict::unknown, 0, kChild)), Score::unknown);
}

TEST(Score, AllowsTheErrnoOfAnEarlierRuleThatWasTooClose) {
  Trial two = trial(Verdict::refused, ENOMEM, kEagain);
  EXPECT_EQ(score(two), Score::wrong);
  two.possible_errnos.push_back(EAGAIN);
  EXPECT_EQ(score(two), Score::right);
}

TEST(Scoreboard, LeavesTheCounterErrorOfModeTwoOutOfWhatIsUndecided) {
  Scoreboard board;
  board.add(trial(Verdict::too_close, 0, kChild, "OC2"));
  board.add(trial(Verdict::too_close, 0, kChild, "MEMCG"));
  board.add(trial(Verdict::unknown, 0, kChild, "OC2"));
  board.add(trial(Verdict::admitted, 0, kEagain));
  EXPECT_EQ(board.trials(), 4);
  EXPECT_EQ(board.wrong(), 1);
  EXPECT_DOUBLE_EQ(board.undecided_percent(), 50);
  EXPECT_NE(board.table().find("| MEMCG | too-close | 0 | 0 | 1 | 0 |"), std::string::npos);
  EXPECT_NE(board.table().find("| NPROC | admitted | 0 | 1 | 0 | 0 |"), std::string::npos);
}

}  // namespace
}  // namespace forkmend::bench
