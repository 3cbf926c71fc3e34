// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/pace.hpp"

#include <algorithm>

namespace forkmend::daemon {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kHurry{30};
constexpr int kHurryFactor = 4;
constexpr milliseconds kShortest{100};
constexpr seconds kLongest{10};
constexpr std::uint32_t kMostDoublings = 16;

constexpr milliseconds kLookApart{250};
constexpr seconds kLookApartMost{10};

}  // namespace

void PollPace::on_trouble(nanoseconds now) {
  hurry_until_ = now + kHurry;
}

nanoseconds PollPace::next(milliseconds interval, nanoseconds now, double chance) const {
  nanoseconds wait = interval;
  if (unanswered_ > 0) {
    const nanoseconds most = std::max<nanoseconds>(kLongest, interval);
    wait = std::min<nanoseconds>(
        wait * (std::int64_t{1} << std::min(unanswered_ - 1, kMostDoublings)), most);
  } else if (now < hurry_until_) {
    wait = std::min<nanoseconds>(std::max<nanoseconds>(wait / kHurryFactor, kShortest), interval);
  }
  constexpr double kLeast = 0.9;
  constexpr double kSpread = 0.2;
  return std::chrono::duration_cast<nanoseconds>(wait * (kLeast + kSpread * chance));
}

void LookPace::on_look(nanoseconds now, Found found) {
  distance_ = found == Found::news || distance_.count() == 0
                  ? nanoseconds(kLookApart)
                  : std::min<nanoseconds>(distance_ * 2, kLookApartMost);
  ready_at_ = now + distance_;
}

}  // namespace forkmend::daemon
