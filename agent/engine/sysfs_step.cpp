// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <string_view>

#include "base/text.hpp"
#include "engine/kernel_file.hpp"
#include "engine/step_access.hpp"

namespace forkmend::engine {

namespace {

/// "always [madvise] never" -> "madvise"; anything else as it is, trimmed.
std::string selected(std::string_view content) {
  const std::size_t open = content.find('[');
  const std::size_t close = content.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) {
    return std::string(trim(content));
  }
  return std::string(content.substr(open + 1, close - open - 1));
}

/// What the kernel would show after the write: the brackets moved. Errc::invalid for a word that is
/// not on offer, as the kernel's EINVAL.
Result<std::string> with_selected(std::string_view content, const std::string& word) {
  std::string shown;
  bool offered = false;
  for (std::string_view choice : split_blanks(content)) {
    if (choice.starts_with('[')) choice = choice.substr(1, choice.size() - 2);
    offered = offered || choice == word;
    shown += (shown.empty() ? "" : " ");
    shown += choice == word ? "[" + word + "]" : std::string(choice);
  }
  if (offered) return shown;
  return Error{Errc::invalid, printable(word) + " is not one of " + printable(trim(content))};
}

}  // namespace

Result<StepValue> read_sysfs_step(const host::Root& root, const std::string& path) {
  const auto plain = check_below(path, "/sys");
  if (!plain) return plain.error();
  const auto content = root.read(path);
  if (content) return StepValue(selected(*content));
  if (content.error().code == Errc::not_found) return StepValue();
  return content.error();
}

Result<void> write_sysfs_step(const host::Root& root, const std::string& path,
                              const std::string& value) {
  auto plain = check_below(path, "/sys");
  if (!plain) return plain;
  if (root.live()) return write_kernel_file(root, path, KernelFileSystem::sys, value);
  const auto content = root.read(path);
  if (!content) return content.error();
  if (content->find('[') == std::string::npos) {
    return write_kernel_file(root, path, KernelFileSystem::sys, value);
  }
  const auto shown = with_selected(*content, value);
  if (!shown) return shown.error();
  return write_kernel_file(root, path, KernelFileSystem::sys, *shown);
}

}  // namespace forkmend::engine
