// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/sample_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/state.hpp"
#include "engine/whole_file.hpp"

namespace forkmend::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;

/// What a server says is a claim: only what is a run id (server.c getRandomHexChars()) names a
/// file.
Result<void> check_run_id(const std::string& run_id) {
  constexpr std::size_t kLength = 40;
  if (run_id.size() == kLength && std::ranges::all_of(run_id, is_hex_digit)) return ok();
  return Error{Errc::invalid, printable(run_id, 60) + " is not a run id"};
}

std::string text_of(const std::vector<redis::Sample>& samples) {
  std::string text;
  for (const redis::Sample& sample : samples) text.append(to_line(sample)).append("\n");
  return text;
}

}  // namespace

SampleStore::SampleStore(std::string state_dir)
    : state_dir_((fs::path(std::move(state_dir)) / "samples").string()) {}

Result<std::vector<redis::Sample>> SampleStore::read(const std::string& run_id) const {
  if (auto named = check_run_id(run_id); !named) return named.error();
  const std::string path = (fs::path(state_dir_) / run_id).string();
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open() && errno == ENOENT) return std::vector<redis::Sample>();
  if (!file.is_open()) return errno_error(errno, "opening " + path);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + path);
  if (auto own = check_own_file(status, path); !own) return own.error();
  const auto text = read_whole(file, path, kMaxFile);
  if (!text) return text.error();
  auto samples = redis::parse_samples(*text);
  if (!samples) return samples.error().during("reading " + path);
  return samples;
}

Result<void> SampleStore::add(const std::string& run_id, const redis::Sample& sample) const {
  auto samples = read(run_id);
  const bool damaged = !samples && (samples.error().code == Errc::invalid ||
                                    samples.error().code == Errc::too_large);
  if (!samples && !damaged) return samples.error();
  if (auto named = check_run_id(run_id); !named) return named;
  std::vector<redis::Sample> all = samples ? *std::move(samples) : std::vector<redis::Sample>();
  // After a clock that went back, what was taken "later" is of no use.
  while (!all.empty() && all.back().at > sample.at) all.pop_back();
  if (!all.empty() && sample.at - all.back().at < kApart) return ok();
  all.push_back(sample);
  const auto directory = open_state_dir(state_dir_);
  if (!directory) return directory.error();
  return replace_whole(*directory, run_id, text_of(redis::thin_out(std::move(all), kMost)));
}

void SampleStore::forget_old(WallTime now) const {
  std::error_code failure;
  const fs::directory_iterator files(state_dir_, failure);
  if (failure) return;
  const auto before = std::chrono::file_clock::from_sys(now - kKept);
  for (const auto& entry : files) {
    const auto changed = entry.last_write_time(failure);
    if (failure || changed >= before) continue;
    fs::remove(entry.path(), failure);
  }
}

}  // namespace forkmend::engine
