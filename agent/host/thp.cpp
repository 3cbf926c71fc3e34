// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/thp.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

constexpr std::array<std::string_view, 2> kDirectories = {
    "/sys/kernel/mm/transparent_hugepage", "/sys/kernel/mm/redhat_transparent_hugepage"};

Result<std::string> read_selected(const Root& root, const std::string& path) {
  auto text = root.read(path);
  if (!text) return text.error();
  if (auto word = selected_word(*text)) return *word;
  return Error{Errc::parse, "reading " + path + ": no word in brackets"};
}

std::int64_t kib_of(std::string_view size) {
  std::int64_t kib = 0;
  std::from_chars(size.data(), size.data() + size.size(), kib);
  return kib;
}

Result<std::vector<ThpSize>> read_sizes(const Root& root, const std::string& directory) {
  constexpr std::string_view kPrefix = "hugepages-";
  auto names = root.list(directory);
  if (!names) return names.error();
  std::vector<ThpSize> sizes;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix)) continue;
    std::string knob = directory;
    knob.append("/").append(name).append("/enabled");
    auto value = read_selected(root, knob);
    if (value) {
      sizes.push_back({name.substr(kPrefix.size()), *value});
    } else if (value.error().code != Errc::not_found) {
      return value.error();
    }
  }
  std::ranges::sort(sizes, {}, [](const ThpSize& size) { return kib_of(size.size); });
  return sizes;
}

}  // namespace

std::optional<std::string> selected_word(std::string_view text) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
  const std::string_view word = trim(text.substr(open + 1, close - open - 1));
  return word.empty() ? std::nullopt : std::optional<std::string>(word);
}

Result<Thp> read_thp(const Root& root) {
  Error first;
  for (const std::string_view directory : kDirectories) {
    Thp thp;
    thp.directory = directory;
    auto enabled = read_selected(root, thp.directory + "/enabled");
    if (!enabled) {
      if (enabled.error().code != Errc::not_found) return enabled.error();
      if (first.message.empty()) first = enabled.error();
      continue;
    }
    thp.enabled = *enabled;
    auto sizes = read_sizes(root, thp.directory);
    if (!sizes) return sizes.error();
    thp.sizes = std::move(*sizes);
    if (auto defrag = read_selected(root, thp.directory + "/defrag")) thp.defrag = *defrag;
    return thp;
  }
  return first;
}

std::string thp_sizes_on(const Thp& thp) {
  std::vector<std::string> on;
  for (const ThpSize& size : thp.sizes) {
    const bool off = size.value == "never" || (size.value == "inherit" && thp.enabled == "never");
    if (!off) on.push_back(size.size + "=" + size.value);
  }
  return join(on, " ");
}

}  // namespace forkmend::host
