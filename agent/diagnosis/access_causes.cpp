// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// EACCES and EPERM, a directory that is gone, and a target that cannot be replaced.
#include <cerrno>

#include "base/error.hpp"
#include "base/text.hpp"
#include "diagnosis/write_case.hpp"

namespace forkmend::diagnosis {

namespace {

/// Why a fact has no value, for a sentence.
std::string reason_of(const WriteCase& write_case, std::string_view fact) {
  const Fact* found = write_case.failure_case.observation.facts.find(
      std::string(write_case.prefix) + std::string(fact));
  return found != nullptr && !found->reason.empty() ? found->reason : "it was not looked at.";
}

std::string saved_file(const WriteCase& write_case) {
  const auto name = write_case.failure_case.observation.facts.text("redis.config.dbfilename");
  return write_case.path() + "/" + printable(name.value_or("dump.rdb"));
}

}  // namespace

Assessment assess_permission_denied(const WriteCase& write_case) {
  Claim claim{.id = "permission-denied", .errnos = {EACCES}};
  const auto writable = write_case.flag("writable");
  if (writable) claim.shown = !*writable;
  if (claim.shown == true) {
    claim.evidence.push_back(write_case.witness(
        "writable",
        write_case.text("denied_by").value_or("The server's user may not write there.")));
  }
  claim.otherwise =
      writable ? "Owner, mode and capabilities let the server write to " + write_case.path() + "."
               : reason_of(write_case, "writable");
  // Old kernels answer EACCES for an immutable directory, security modules always.
  claim.excluded = write_case.flag("immutable") == true || write_case.failure_case.kernel.denial ||
                   write_case.failure_case.observation.facts.flag("instance.mac_confined") == true;
  return judge(write_case, std::move(claim));
}

Assessment assess_immutable_or_sticky(const WriteCase& write_case) {
  Claim claim{.id = "immutable-or-sticky", .errnos = {EPERM, EACCES}};
  const auto immutable = write_case.flag("immutable");
  const auto sticky = write_case.flag("sticky");
  if (immutable == true) {
    claim.evidence.push_back(write_case.witness(
        "immutable",
        "The directory or the file of the save is immutable or append-only (chattr)."));
  }
  if (sticky == true) {
    claim.evidence.push_back(write_case.witness(
        "sticky", write_case.path() + " is sticky and " + saved_file(write_case) +
                      " belongs to somebody else, so the server may not replace it."));
  }
  if (immutable == true || sticky == true) {
    claim.shown = true;
  } else if (immutable == false && sticky.value_or(false) == false) {
    claim.shown = false;
  }
  claim.otherwise = claim.shown == false ? "No attribute of chattr and no sticky bit is in the way."
                                         : reason_of(write_case, "immutable");
  // EACCES comes from here on old kernels only, and then there is an attribute to see.
  claim.excluded = write_case.error == EACCES;
  if (write_case.error == EACCES && claim.shown != true) claim.shown = false;
  return judge(write_case, std::move(claim));
}

Assessment assess_mac_denied(const WriteCase& write_case) {
  constexpr std::string_view kId = "mac-denied";
  Claim claim{.id = kId, .errnos = {EACCES, EPERM}};
  const FactSet& facts = write_case.failure_case.observation.facts;
  const auto confined = facts.flag("instance.mac_confined");
  if (const auto& line = write_case.failure_case.kernel.denial) {
    claim.shown = true;
    claim.evidence.push_back(kernel_line(*line));
    return judge(write_case, std::move(claim));
  }
  if (confined == false) {
    claim.shown = false;
    claim.excluded = true;
    claim.otherwise = "No SELinux or AppArmor policy is enforced on the server.";
    return judge(write_case, std::move(claim));
  }
  if (!write_case.error) return RuledOut{std::string(kId), "No line tells of a denied access."};
  claim.otherwise = confined ? "no denial was found in the kernel log: auditd may have it."
                             : "the server's security label is not known.";
  claim.second_witness = confined == true && write_case.flag("writable") == true &&
                         write_case.flag("immutable") != true && write_case.error == EACCES;
  if (claim.second_witness) {
    claim.evidence.push_back(Evidence{"/proc/PID/attr/current",
                                      "The server runs as " +
                                          facts.text("instance.mac_label").value_or("") +
                                          ", and owner and mode would let it write.",
                                      true});
  }
  return judge(write_case, std::move(claim));
}

Assessment assess_missing_dir(const WriteCase& write_case) {
  Claim claim{.id = "missing-dir", .errnos = {ENOENT}};
  const FactSet& facts = write_case.failure_case.observation.facts;
  const bool deleted = facts.flag("instance.dir.deleted") == true;
  const auto exists = write_case.flag("exists");
  if (deleted || exists) claim.shown = deleted || !*exists;
  if (claim.shown == true) {
    claim.evidence.push_back(write_case.witness(
        "exists", deleted ? write_case.path() + " has been deleted; the server still stands in "
                                                "it, and cannot make files there."
                          : write_case.path() + " is not there."));
  }
  claim.otherwise =
      claim.shown == false ? write_case.path() + " is there now." : "the directory is not known.";
  claim.second_witness =
      write_case.failure_case.failure.text.find("server root dir unknown") != std::string::npos;
  return judge(write_case, std::move(claim));
}

Assessment assess_target_busy(const WriteCase& write_case) {
  constexpr std::string_view kId = "target-busy";
  Claim claim{.id = kId, .errnos = {EISDIR, EBUSY, ETXTBSY, EXDEV, ENOTEMPTY, ENOTDIR}};
  const bool renames = write_case.operation == WriteOperation::rename ||
                       write_case.operation == WriteOperation::unknown;
  if (!renames && !write_case.error) {
    return RuledOut{std::string(kId), "It did not come to replacing the file."};
  }
  const auto mounted = write_case.flag("target_mount");
  const auto type = write_case.text("target_type");
  const std::string file = saved_file(write_case);
  if (mounted == true) {
    claim.evidence.push_back(write_case.witness("target_mount", "Something is mounted on " + file +
                                                                    ", and a mount point cannot be "
                                                                    "replaced by rename."));
  }
  if (type == "directory") {
    claim.evidence.push_back(
        write_case.witness("target_type", file + " is a directory, not a file."));
  }
  if (!claim.evidence.empty()) {
    claim.shown = true;
  } else if (mounted && type) {
    claim.shown = false;
  }
  claim.otherwise = claim.shown == false ? file + " can be replaced now."
                                         : "what has the name " + file + " is not known.";
  return judge(write_case, std::move(claim));
}

}  // namespace forkmend::diagnosis
