// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// swapon(2) is done here; swapoff by a program of its own: whoever calls it is the OOM killer's
// first choice while pages are read back (oom_score of PF_OOM_ORIGIN, mm/swapfile.c), and it may
// take minutes.
#include <fcntl.h>
#include <sys/swap.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "engine/step_access.hpp"
#include "engine/swap_file.hpp"
#include "engine/swap_room.hpp"
#include "engine/whole_file.hpp"
#include "host/commands.hpp"
#include "host/swaps.hpp"

namespace forkmend::engine {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kTable = "/proc/swaps";
constexpr std::int64_t kDefaultPriority = -1;
/// Far more than any disk needs for the largest file that is made here.
constexpr auto kSwapOffDeadline = std::chrono::minutes(30);

struct Wanted {
  std::int64_t bytes = 0;
  std::int64_t priority = kDefaultPriority;
};

/// "size=BYTES priority=N".
Result<Wanted> parse_wanted(const std::string& value) {
  const auto words = split_blanks(value);
  if (words.size() == 2 && words[0].starts_with("size=") && words[1].starts_with("priority=")) {
    const auto bytes = parse_integer(words[0].substr(5));
    const auto priority = parse_integer(words[1].substr(9));
    const bool sized = bytes && *bytes > 0 && *bytes % sysconf(_SC_PAGESIZE) == 0;
    if (sized && priority && *priority >= kDefaultPriority && *priority <= SWAP_FLAG_PRIO_MASK) {
      return Wanted{*bytes, *priority};
    }
  }
  return Error{Errc::invalid, "a swap file is \"size=BYTES priority=N\" (whole pages, -1 to " +
                                  std::to_string(SWAP_FLAG_PRIO_MASK) + "), not \"" +
                                  printable(value) + "\""};
}

/// The size is that of the file: the area lacks the page of the header, and where blocks are
/// smaller than pages, what is not aligned to them (iomap_swapfile_add_extent() of fs/iomap).
/// Priorities below zero are given out by the kernel in turn, so all of them are the default.
Result<std::string> value_of(const host::Root& root, const host::SwapArea& area) {
  const auto status = root.status(area.path);
  if (!status) return status.error();
  const std::int64_t priority = area.priority < 0 ? kDefaultPriority : area.priority;
  return "size=" + std::to_string(status->size) + " priority=" + std::to_string(priority);
}

Error swapon_error(int error, const std::string& path) {
  Error failed = errno_error(error, "swapon " + printable(path));
  if (error == EINVAL) {
    failed.message += " (this file system takes no swap file; the kernel log says why)";
  } else if (error == EPERM) {
    failed.message += " (needs root of the host, and a free one of the kernel's swap areas)";
  }
  return failed;
}

/// A tree of plain files has no kernel: its table is kept as the kernel would, never half of it.
Result<void> write_table(const host::Root& root, const std::vector<host::SwapArea>& areas) {
  std::ostringstream out;
  out << "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  for (const host::SwapArea& area : areas) {
    out << area.path << "\t\t" << (area.is_file ? "file" : "partition") << "\t\t"
        << area.size / 1024 << "\t\t" << area.used / 1024 << "\t\t" << area.priority << "\n";
  }
  const std::string text = out.str();
  // No stream: one that failed to write tries again when it is closed.
  const Descriptor file(open(root.at(kTable).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(errno, "opening the table of swap areas");
  const off_t before = lseek(file.get(), 0, SEEK_END);
  if (before < 0 || lseek(file.get(), 0, SEEK_SET) != 0) return errno_error(errno, "seeking");
  auto written = write_whole(file, text);
  // Of one that gets longer the write is all: no later call may fail with it in force.
  const auto after = static_cast<off_t>(text.size());
  if (!written || before <= after) return written;
  if (ftruncate(file.get(), after) == 0) return ok();
  return errno_error(errno, "writing the table of swap areas");
}

Result<void> swap_on(const host::Root& root, const std::string& path, const Wanted& wanted) {
  if (!root.live()) {
    auto areas = host::read_swaps(root);
    if (!areas) return areas.error();
    areas->push_back({path, true, wanted.bytes - sysconf(_SC_PAGESIZE), 0, wanted.priority});
    return write_table(root, *areas);
  }
  const int flags = wanted.priority < 0 ? 0 : SWAP_FLAG_PREFER | static_cast<int>(wanted.priority);
  if (swapon(path.c_str(), flags) != 0) return swapon_error(errno, path);
  return ok();
}

asio::awaitable<Result<void>> swap_off(host::Root root, std::string path) {
  if (!root.live()) {
    auto areas = host::read_swaps(root);
    if (!areas) co_return areas.error();
    std::erase_if(*areas, [&](const host::SwapArea& area) { return area.path == path; });
    co_return write_table(root, *areas);
  }
  std::vector<std::string> argv = {"swapoff", path};
  host::CommandOptions options;
  options.deadline = kSwapOffDeadline;
  const auto result = co_await host::run_command(std::move(argv), std::move(options));
  if (!result) co_return result.error().during("running swapoff");
  if (result->succeeded()) co_return ok();
  co_return Error{Errc::busy,
                  "swapoff did not give the file back, it stays in use: " +
                      (result->signal != 0 ? "ended by signal " + std::to_string(result->signal)
                                           : printable(trim(result->err))) +
                      " (in strict overcommit the rest must hold what is committed)"};
}

/// Errors: invalid when the area of that name is somebody else's.
Result<void> check_ours(const host::Root& root, const OwnPlace& place) {
  const auto directory = open_own_directory(root, place.directory, IfMissing::fail);
  if (!directory) return directory.error();
  const auto ours = is_our_swap_file(root, *directory, place.file);
  if (!ours) return ours.error();
  if (*ours) return ok();
  return Error{Errc::invalid, printable(place.directory + "/" + place.file) +
                                  " is in use as swap and was not made by forkmend"};
}

asio::awaitable<Result<void>> remove_swap(host::Root root, std::string path, OwnPlace place) {
  const auto areas = host::read_swaps(root);
  if (!areas) co_return areas.error();
  if (const host::SwapArea* area = host::find_swap(*areas, path)) {
    auto allowed = check_ours(root, place);
    if (allowed) allowed = check_swap_room(root, *areas, *area);
    if (!allowed) co_return allowed;
    auto off = co_await swap_off(root, path);
    if (!off) co_return off;
  }
  co_return remove_swap_file(root, place);
}

}  // namespace

Result<StepValue> read_swap_step(const host::Root& root, const std::string& path) {
  const auto place = swap_place(path);
  if (!place) return place.error();
  const auto areas = host::read_swaps(root);
  if (!areas) return areas.error();
  const host::SwapArea* area = host::find_swap(*areas, path);
  if (area == nullptr) return StepValue();
  auto value = value_of(root, *area);
  if (!value) return value.error();
  return StepValue(*std::move(value));
}

asio::awaitable<Result<void>> write_swap_step(host::Root root, std::string path, StepValue value) {
  auto place = swap_place(path);
  if (!place) co_return place.error();
  if (!value) {
    auto removed = co_await remove_swap(std::move(root), std::move(path), *std::move(place));
    co_return removed;
  }
  const auto wanted = parse_wanted(*value);
  if (!wanted) co_return wanted.error();
  auto made = co_await make_swap_file(root, *place, wanted->bytes);
  if (!made) co_return made;
  auto active = swap_on(root, path, *wanted);
  // What the kernel does not take goes again; the error to tell is the kernel's.
  if (!active) static_cast<void>(remove_swap_file(root, *place));
  co_return active;
}

}  // namespace forkmend::engine
