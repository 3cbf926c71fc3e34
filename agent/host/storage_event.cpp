// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// Sources: block/blk-core.c (blk_update_request, print_req_error), fs/buffer.c, fs/ext4/super.c,
// fs/ext4/page-io.c, fs/jbd2/journal.c, fs/xfs/xfs_message.c, fs/btrfs/messages.c, lib/audit of
// security/selinux/avc.c and security/apparmor/audit.c, from 3.10 to 6.18.
#include "host/storage_event.hpp"

#include <array>

#include "base/text.hpp"

namespace forkmend::host {

namespace {

enum class What { io_error, device_full, read_only };

/// A device's name stands between `start` and the first of `stop`'s characters; `word` must follow
/// somewhere behind.
struct Wording {
  What what;
  std::string_view start;
  std::string_view stop;
  std::string_view word;
};

constexpr auto kWordings = std::to_array<Wording>({
    {What::io_error, "Buffer I/O error on dev ", ", ", ""},
    {What::io_error, "Buffer I/O error on device ", ", ", ""},
    {What::io_error, "lost page write due to I/O error on ", ", ", ""},
    {What::io_error, "I/O error, dev ", ", ", ""},
    {What::io_error, "critical medium error, dev ", ", ", ""},
    {What::io_error, "critical target error, dev ", ", ", ""},
    {What::device_full, "critical space allocation error, dev ", ", ", ""},
    {What::io_error, "EXT4-fs warning (device ", ")", "I/O error"},
    {What::io_error, "XFS (", ")", "I/O error"},
    {What::io_error, "BTRFS error (device ", ") ", "errs: "},
    {What::read_only, "EXT4-fs (", ")", "Remounting filesystem read-only"},
    {What::read_only, "EXT3-fs (", ")", "Remounting filesystem read-only"},
    {What::read_only, "F2FS-fs (", ")", "Remounting filesystem read-only"},
    {What::read_only, "Aborting journal on device ", ".", ""},
    {What::read_only, "XFS (", ")", "hutting down filesystem"},
    {What::read_only, "XFS (", ")", "has been shut down"},
    {What::read_only, "BTRFS info (device ", ") ", "forced readonly"},
});

std::optional<std::string> device_of(std::string_view text, const Wording& wording) {
  const std::size_t start = text.find(wording.start);
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start + wording.start.size());
  const std::size_t end = text.find_first_of(wording.stop);
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  if (text.find(wording.word, end) == std::string_view::npos) return std::nullopt;
  text = text.substr(0, end);
  // jbd2 adds the journal's inode: "dm-0-8".
  if (wording.start.starts_with("Aborting")) text = text.substr(0, text.rfind('-'));
  return std::string(text);
}

/// The value of pid=812 or comm="redis-server".
std::string_view value_of(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  if (!text.starts_with('"')) return text.substr(0, text.find(' '));
  text.remove_prefix(1);
  return text.substr(0, text.find('"'));
}

std::optional<KernelEvent> parse_denial(std::string_view text) {
  const bool apparmor = text.find("apparmor=\"DENIED\"") != std::string_view::npos;
  const bool selinux = text.find("avc:  denied") != std::string_view::npos ||
                       text.find("avc: denied") != std::string_view::npos;
  if (!apparmor && !selinux) return std::nullopt;
  // Only told, not enforced.
  if (selinux && text.find("permissive=1") != std::string_view::npos) return std::nullopt;
  return AvcDenied{.pid = parse_integer(value_of(text, " pid=")),
                   .comm = std::string(value_of(text, " comm=")),
                   .apparmor = apparmor};
}

}  // namespace

std::optional<KernelEvent> parse_storage_event(std::string_view text) {
  if (auto denial = parse_denial(text)) return denial;
  for (const Wording& wording : kWordings) {
    auto device = device_of(text, wording);
    if (!device) continue;
    if (wording.what == What::device_full) return IoError{std::move(*device), true};
    if (wording.what == What::io_error) return IoError{std::move(*device), false};
    return RemountReadOnly{std::move(*device)};
  }
  return std::nullopt;
}

}  // namespace forkmend::host
