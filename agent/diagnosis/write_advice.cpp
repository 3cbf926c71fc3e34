// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// In the texts: %p the directory, %f the save's file, %d its device, %u the server's uid, %P its
// pid, %U its unit, %t temporary files of dead children.
#include "diagnosis/write_advice.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace forkmend::diagnosis {

namespace {

struct Advice {
  std::string_view id;
  std::string_view wrong;
  std::string_view command;
  std::string_view why_not;  ///< why forkmend does not run it
  std::string_view harmful;  ///< what not to do instead
};

constexpr auto kAdvice = std::to_array<Advice>({
    {"hijacked-dir",
     "SECURITY ALERT: somebody who can reach this server has pointed its saves at %p. Treat the "
     "host as broken into.",
     "ss -tnp | grep 'pid=%P,'; ls -la --time-style=full-iso %p; redis-cli CONFIG GET dir",
     "every other remedy is blocked here: a save that goes well would complete the attack, and a "
     "change would destroy traces.",
     "Do not widen permissions, do not set the dir back and carry on, do not restart: cut the "
     "server off the network first, keep the evidence, then close the way in."},
    {"disk-full", "The file system of %p has not enough room for a new file.",
     "df -h %p; du -xah %p | sort -h | tail -20",
     "what may go, or which volume may grow, is a decision about other people's data.",
     "Do not delete dump.rdb (the only copy), do not move the dir to /tmp or a tmpfs (lost at the "
     "next boot); stop-writes-on-bgsave-error no and save \"\" only hide it."},
    {"inodes-exhausted", "The file system of %p has no inode left, whatever df -h says.",
     "df -i %p; find %p -xdev -printf '%h\\n' | sort | uniq -c | sort -n | tail",
     "the many small files that use them up are not forkmend's to delete.",
     "Do not delete dump.rdb or AOF files: each frees one inode and may be the only copy."},
    {"quota-exceeded", "A disk quota of the server's user, group or project is used up.",
     "quota -s -u %u; repquota -s %p", "a quota is a limit that somebody set on purpose.",
     "Free space shown by df is no proof against a quota; vm.overcommit_memory=1 has nothing to do "
     "with it."},
    {"stale-temp-files",
     "Temporary files that dead children left in %p take the room of the next save.",
     "cd %p && ls -l %t && rm -i -- %t", "forkmend deletes no file of a data directory.",
     "Do not delete temp-* by a pattern: it would hit the file of a running child."},
    {"file-size-limit",
     "The server has to write more than a limit lets pass: RLIMIT_FSIZE for a file, 2 GiB for one "
     "write.",
     "prlimit --pid %P --fsize=unlimited  # and LimitFSIZE=infinity in the unit   (one write: "
     "BGREWRITEAOF, which empties the buffer)",
     "no remedy of forkmend covers this limit, and somebody has set it on purpose.",
     "A ulimit in limits.conf does not reach a running server or a systemd unit; "
     "vm.overcommit_memory=1 does not help, and neither does more room on the disk."},
    {"read-only-filesystem",
     "The file system of %p itself is read-only, mostly after an error of the disk.",
     "dmesg -T | grep -E '%d|journal|remount'; redis-cli --rdb /OTHER/DISK/dump.rdb",
     "writing to a damaged file system can destroy what is left of it: check the disk, unmount, "
     "fsck, mount.",
     "Do not remount it read-write before a check, do not chmod; a restart loses every write since "
     "the last save."},
    {"read-only-sandbox",
     "The service's sandbox mounts %p read-only for the server; the file system is writable.",
     "systemctl edit %U  # [Service] ReadWritePaths=%p   (now: nsenter -t %P -m mount -o "
     "remount,bind,rw %p)",
     "how tight a sandbox is belongs to whoever built it, and it has stopped attacks.",
     "chmod 777 does not help against a read-only mount; do not remove ProtectSystem= as a whole; "
     "a "
     "restart loses every write since the last save."},
    {"io-error", "The device under %p could not read or write.",
     "dmesg -T | grep %d; smartctl -a /dev/%d; redis-cli --rdb /OTHER/DISK/dump.rdb",
     "only a person can replace a disk.",
     "Do not restart the server: the data in its memory may be the only good copy."},
    {"unsuitable-filesystem",
     "%p lies on a file system that does not keep what a save relies on (network, FUSE or shared).",
     "findmnt -T %p",
     "moving the data to a local file system (ext4, xfs) is a decision about the whole set-up.",
     "chmod 777 or exporting with 0777 does not cure root squash, ESTALE or a missing fsync."},
    {"permission-denied", "The server's user (uid %u) may not make files in %p.",
     "namei -l %p; chown %u %p && chmod u+rwx %p",
     "whose directory it is, and why, is not known; on an attacked server it would complete the "
     "attack.",
     "Do not chmod 777 and do not run the server as root: both open the data to everybody. "
     "vm.overcommit_memory=1 has nothing to do with it."},
    {"immutable-or-sticky",
     "A chattr attribute or a sticky directory keeps the server from replacing its file in %p.",
     "lsattr -d %p %f; ls -ld %p %f; chattr -i -a %p %f",
     "such an attribute is set on purpose, by an admin or by an intruder: find out who first.",
     "chmod 777 changes neither."},
    {"mac-denied", "SELinux or AppArmor denies the server its directory %p.",
     "ausearch -m avc -ts recent; restorecon -Rv %p  # AppArmor: add '%p/** rwk,' to the profile",
     "a security policy belongs to whoever wrote it.",
     "Do not setenforce 0 and do not chmod 777: the first drops every protection, the second does "
     "nothing."},
    {"missing-dir", "The directory of saves, %p, is gone.",
     "install -d -o %u -m 750 %p && redis-cli CONFIG SET dir %p",
     "whoever removed it, or did not mount it, has to say what belongs there. Servers from 7.0 on "
     "refuse CONFIG SET dir: copy the data with redis-cli --rdb FILE before a restart.",
     "Making the directory anew is not enough: the server still stands in the deleted one. A "
     "restart alone loses every write since the last save."},
    {"target-busy", "%f cannot be replaced: it is a directory, a mount point or in use.",
     "ls -ld %f; findmnt -T %f; umount %f  # or: mv -- %f %f.old",
     "what has that name is somebody's, and a container mounts single files on purpose: mount the "
     "directory instead.",
     "chmod 777 does not help, and neither does deleting what lies below the mount."},
});

std::string shown(const FactSet& facts, std::string_view fact, std::string_view otherwise) {
  if (const auto number = facts.integer(fact)) return std::to_string(*number);
  return shell_quote(facts.text(fact).value_or(std::string(otherwise)));
}

std::string value_of(char letter, const FactSet& facts) {
  const std::string path = facts.text("instance.dir.host_path")
                               .value_or(facts.text("instance.dir.path").value_or("DIR"));
  const std::string name =
      printable(facts.text("redis.config.dbfilename").value_or("dump.rdb"), 200);
  switch (letter) {
    case 'p':
      return shell_quote(path);
    case 'f':
      return shell_quote(path + "/" + name);
    case 'd':
      return shown(facts, "instance.dir.device", "DEVICE");
    case 'u':
      return shown(facts, "instance.uid", "UID");
    case 'P':
      return shown(facts, "instance.pid", "PID");
    case 'U':
      return shown(facts, "instance.unit", "UNIT");
    case 't':
      return facts.text("instance.dir.stale_temp_names").value_or("temp-PID.rdb");
    default:
      return std::string("%") + letter;
  }
}

std::string filled(std::string_view text, const FactSet& facts) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 1 < text.size()) {
      out += value_of(text[++i], facts);
    } else {
      out += text[i];
    }
  }
  return out;
}

void add(std::vector<std::string>& out, const Advice& advice, const FactSet& facts) {
  out.push_back(filled(advice.wrong, facts));
  out.push_back("For a person: " + filled(advice.command, facts));
  out.push_back("Not run by forkmend: " + filled(advice.why_not, facts));
  out.push_back(filled(advice.harmful, facts));
}

}  // namespace

std::vector<std::string> write_advice(const Observation& observation, const Findings& findings) {
  std::vector<std::string> out;
  for (const Cause& cause : findings.causes) {
    if (cause.confidence == Confidence::possible && !out.empty()) break;
    const auto* advice = std::ranges::find(kAdvice, cause.id, &Advice::id);
    if (advice != kAdvice.end()) add(out, *advice, observation.facts);
  }
  for (const std::string& sentence : findings.undecided) out.push_back(sentence);
  return out;
}

}  // namespace forkmend::diagnosis
