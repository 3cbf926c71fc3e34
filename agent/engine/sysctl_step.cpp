// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "engine/step_access.hpp"

namespace forkmend::engine {

namespace {

constexpr std::string_view kRatio = "/proc/sys/vm/overcommit_ratio";
constexpr std::string_view kKbytes = "/proc/sys/vm/overcommit_kbytes";

Result<std::string> path_of(const std::string& key) {
  const bool known = std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
  const bool odd = key.empty() || key.starts_with('.') || key.ends_with('.') ||
                   key.find("..") != std::string::npos;
  if (!known || odd) {
    return Error{Errc::invalid, printable(key) + " is not the name of a sysctl"};
  }
  std::string path = "/proc/sys/" + key;
  std::ranges::replace(path, '.', '/');
  return path;
}

Result<StepValue> trimmed(const Result<std::string>& content) {
  if (content) return StepValue(std::string(trim(*content)));
  if (content.error().code == Errc::not_found) return StepValue();
  return content.error();
}

/// The number behind "ratio=" or "kbytes=".
std::optional<std::string> number_after(std::string_view value, std::string_view prefix) {
  if (!value.starts_with(prefix)) return std::nullopt;
  const auto number = parse_integer(value.substr(prefix.size()));
  if (!number || *number < 0) return std::nullopt;
  return std::to_string(*number);
}

/// Writes one of the pair. The kernel zeroes the other one; a tree of plain files does not.
Result<void> write_one_of_pair(const host::Root& root, std::string_view path,
                               std::string_view other, const std::string& number) {
  auto written = write_kernel_file(root, std::string(path), KernelFileSystem::proc, number);
  if (!written || root.live() || !root.exists(other)) return written;
  return write_kernel_file(root, std::string(other), KernelFileSystem::proc, "0");
}

}  // namespace

Result<StepValue> read_sysctl_step(const host::Root& root, const std::string& key) {
  const auto path = path_of(key);
  if (!path) return path.error();
  return trimmed(root.read(*path));
}

Result<void> write_sysctl_step(const host::Root& root, const std::string& key,
                               const std::string& value) {
  const auto path = path_of(key);
  if (!path) return path.error();
  return write_kernel_file(root, *path, KernelFileSystem::proc, value);
}

Result<StepValue> read_commit_limit(const host::Root& root) {
  // overcommit_kbytes came with 3.14; without it the ratio is the setting.
  const auto kbytes = trimmed(root.read(kKbytes));
  if (!kbytes) return kbytes.error();
  if (*kbytes && **kbytes != "0") return StepValue("kbytes=" + **kbytes);
  auto ratio = trimmed(root.read(kRatio));
  if (!ratio || !*ratio) return ratio;
  return StepValue("ratio=" + **ratio);
}

Result<void> write_commit_limit(const host::Root& root, const std::string& value) {
  if (const auto ratio = number_after(value, "ratio=")) {
    return write_one_of_pair(root, kRatio, kKbytes, *ratio);
  }
  if (const auto kbytes = number_after(value, "kbytes=")) {
    return write_one_of_pair(root, kKbytes, kRatio, *kbytes);
  }
  return Error{Errc::invalid,
               "a commit limit is \"ratio=N\" or \"kbytes=N\", not \"" + printable(value) + "\""};
}

}  // namespace forkmend::engine
