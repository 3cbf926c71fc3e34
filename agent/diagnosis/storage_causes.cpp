// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// EROFS, EIO and ESTALE: mounts, devices, and file systems that are none of the usual.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "diagnosis/write_case.hpp"

namespace forkmend::diagnosis {

namespace {

void add_lines(Claim& claim, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) claim.evidence.push_back(kernel_line(line));
}

}  // namespace

bool is_unsuitable_filesystem(std::string_view type) {
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"nfs", "nfs4", "cifs", "smb3", "smb2", "fuseblk", "fuse", "9p", "drvfs", "virtiofs", "osxfs",
       "fakeowner", "vboxsf", "prl_fs", "afs", "lustre"});
  return std::ranges::find(kTypes, type) != kTypes.end() || type.starts_with("fuse.");
}

Assessment assess_read_only_filesystem(const WriteCase& write_case) {
  Claim claim{.id = "read-only-filesystem", .errnos = {EROFS}};
  claim.shown = write_case.flag("filesystem_read_only");
  const std::string type = write_case.text("filesystem").value_or("file system");
  if (claim.shown == true) {
    claim.evidence.push_back(write_case.witness(
        "filesystem_read_only", "The super block of the " + type + " of " + write_case.path() +
                                    " is read-only: nobody can write there."));
    add_lines(claim, write_case.failure_case.kernel.remounts);
  }
  claim.otherwise = claim.shown == false ? "The file system itself takes writes."
                                         : "the options of the file system are not known.";
  // A mount that is read-only explains all, when the file system is not.
  claim.excluded = write_case.flag("mount_read_only") == true;
  return judge(write_case, std::move(claim));
}

Assessment assess_read_only_sandbox(const WriteCase& write_case) {
  constexpr std::string_view kId = "read-only-sandbox";
  Claim claim{.id = kId, .errnos = {EROFS}};
  if (write_case.flag("filesystem_read_only") == true) {
    const bool told = write_case.error.has_value() && write_case.error != EROFS;
    if (!told) return RuledOut{std::string(kId), "The file system itself is read-only."};
  }
  claim.shown = write_case.flag("mount_read_only");
  if (claim.shown == true) {
    claim.evidence.push_back(write_case.witness(
        "mount_read_only", "The server's own mount of " + write_case.path() +
                               " is read-only, and the file system behind it is not: a sandbox "
                               "(ProtectSystem=, ReadOnlyPaths=, a read-only volume)."));
    if (const auto unit = write_case.failure_case.observation.facts.text("instance.unit")) {
      claim.evidence.push_back(Evidence{"cgroup", "The server runs in unit " + *unit + ".", false});
    }
  }
  claim.otherwise = claim.shown == false ? "The server's mount takes writes now."
                                         : "the mounts of the server are not known.";
  return judge(write_case, std::move(claim));
}

Assessment assess_io_error(const WriteCase& write_case) {
  constexpr std::string_view kId = "io-error";
  Claim claim{.id = kId, .errnos = {EIO}};
  const auto& lines = write_case.failure_case.kernel.io_errors;
  if (!write_case.error) {
    // Errors of a disk do not tell that a save failed by them.
    return RuledOut{std::string(kId), "No line tells of EIO."};
  }
  const std::string type = write_case.text("filesystem").value_or("");
  if (write_case.error == EIO && lines.empty() && is_unsuitable_filesystem(type)) {
    return RuledOut{std::string(kId), "The " + type + " answered, and no device of this host did."};
  }
  claim.shown = lines.empty() ? std::nullopt : std::optional(true);
  add_lines(claim, lines);
  claim.otherwise = "the kernel log that could be read tells of no error of that device.";
  return judge(write_case, std::move(claim));
}

Assessment assess_unsuitable_filesystem(const WriteCase& write_case) {
  constexpr std::string_view kId = "unsuitable-filesystem";
  const auto type = write_case.text("filesystem");
  Claim claim{.id = kId, .errnos = {EIO, ESTALE, EPERM, EACCES, EINVAL, EOPNOTSUPP, ENOTCONN}};
  if (!write_case.error) {
    return RuledOut{std::string(kId), "No line tells of an errno that such a one answers with."};
  }
  if (type && !is_unsuitable_filesystem(*type)) {
    return RuledOut{std::string(kId), "The file system is " + *type + ", a local one."};
  }
  const bool explained = write_case.flag("writable") == false ||
                         write_case.flag("immutable") == true ||
                         write_case.flag("sticky") == true || write_case.failure_case.kernel.denial;
  if (type) {
    claim.second_witness = !explained;
    claim.evidence.push_back(
        write_case.witness("filesystem", write_case.path() + " is on " + *type +
                                             ", where fsync, rename and owners do not work as on a "
                                             "local file system."));
  } else {
    claim.otherwise = "the type of the file system is not known.";
  }
  return judge(write_case, std::move(claim));
}

}  // namespace forkmend::diagnosis
