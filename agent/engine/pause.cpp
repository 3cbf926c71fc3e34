// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/pause.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "engine/host_lock.hpp"
#include "engine/json_fields.hpp"
#include "engine/state.hpp"

namespace forkmend::engine {

namespace json = boost::json;

namespace {

constexpr const char* kFile = "pause";
constexpr const char* kNewFile = "pause.new";

Result<WallTime> time_of(const std::string& text) {
  const auto time = parse_time(text);
  if (!time) return time.error().during("reading the time of the pause");
  return *time;
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error(errno, "writing " + path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(fd) != 0) return errno_error(errno, "writing " + path);
  return ok();
}

Result<std::string> read_all(int fd, const std::string& path) {
  std::array<char, 4096> text{};
  const ssize_t length = read(fd, text.data(), text.size());
  if (length < 0) return errno_error(errno, "reading " + path);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

GateResult pause_gate(const Pause& pause) {
  std::string says = "paused since " + format_time(pause.since) + " by " + pause.actor +
                     (pause.until ? " until " + format_time(*pause.until) : "");
  if (!pause.reason.empty()) says += ": " + pause.reason;
  return {"pause", std::move(says), "", "forkmend status resume"};
}

}  // namespace

bool holds(const Pause& pause, WallTime now) {
  return !pause.until || now < *pause.until;
}

std::string to_text(const Pause& pause) {
  const json::object text = {
      {"since", format_time(pause.since)},
      {"until", pause.until ? json::value(format_time(*pause.until)) : json::value(nullptr)},
      {"reason", text_to_json(pause.reason)},
      {"actor", text_to_json(pause.actor)}};
  return json::serialize(text) + "\n";
}

Result<Pause> pause_from_text(std::string_view text) {
  json::error_code failure;
  const json::value value = json::parse({text.data(), text.size()}, failure);
  if (failure) return Error{Errc::parse, "reading the pause: " + failure.message()};
  std::string since;
  std::optional<std::string> until;
  Pause pause;
  JsonFields fields(value);
  fields.require("since", since);
  fields.read("until", until);
  fields.read("reason", pause.reason);
  fields.read("actor", pause.actor);
  const auto outcome = fields.outcome();
  if (!outcome) return outcome.error().during("reading the pause");
  const auto begin = time_of(since);
  if (!begin) return begin.error();
  pause.since = *begin;
  if (!until) return pause;
  const auto end = time_of(*until);
  if (!end) return end.error();
  pause.until = *end;
  return pause;
}

Result<void> write_pause(const std::string& state_dir, const Pause& pause) {
  const auto directory = open_state_dir(state_dir);
  if (!directory) return directory.error().during("pausing");
  const std::string path = state_dir + "/" + kFile;
  static_cast<void>(unlinkat(directory->get(), kNewFile, 0));  // of one that died while writing
  {
    const Descriptor file(openat(directory->get(), kNewFile,
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return errno_error(errno, "making " + path);
    auto written = write_all(file.get(), to_text(pause), path);
    if (!written) return written;
  }
  if (renameat(directory->get(), kNewFile, directory->get(), kFile) != 0) {
    return errno_error(errno, "making " + path);
  }
  if (fsync(directory->get()) != 0) return errno_error(errno, "making " + path);
  return ok();
}

Result<std::optional<Pause>> read_pause(const std::string& state_dir) {
  const std::string path = state_dir + "/" + kFile;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<Pause>();
    return errno_error(errno, "opening " + path);
  }
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return errno_error(errno, "looking at " + path);
  const auto own = check_own_file(status, path);
  if (!own) return own.error();
  const auto text = read_all(file.get(), path);
  if (!text) return text.error();
  auto pause = pause_from_text(*text);
  if (!pause) return pause.error().during("reading " + path);
  return std::optional<Pause>(*std::move(pause));
}

Result<bool> remove_pause(const std::string& state_dir) {
  const std::string path = state_dir + "/" + kFile;
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return errno_error(errno, "removing " + path);
}

std::vector<GateResult> standing_gates(const std::string& state_dir, Now now) {
  std::vector<GateResult> gates;
  if (stop_file_present()) gates.push_back(stop_file_gate());
  const auto pause = read_pause(state_dir);
  if (!pause) {
    gates.push_back({"pause",
                     "it is not known whether forkmend is paused: " + pause.error().message, "",
                     "forkmend status resume"});
  } else if (*pause && holds(**pause, now.wall)) {
    gates.push_back(pause_gate(**pause));
  }
  return gates;
}

}  // namespace forkmend::engine
