// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
//
// Process names and cgroup names come from whoever started the process: they may hold blanks,
// commas and brackets. So fixed words are looked for from the outside inwards, and a name is what
// is left between them. Sources: mm/util.c (overcommit), kernel/cgroup/pids.c, mm/oom_kill.c and
// mm/memcontrol.c from 3.10 to 7.2, kernel/auditsc.c, arch/x86/kernel/traps.c and mm/fault.c.
#include "host/kernel_event.hpp"

#include "base/text.hpp"
#include "host/storage_event.hpp"

namespace forkmend::host {

namespace {

using Event = std::optional<KernelEvent>;

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// Moves behind the first occurrence of a word.
bool skip_past(std::string_view& text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + word.size());
  return true;
}

/// "... __vm_enough_memory: pid: P, comm: C[, bytes: N]( |, )no[t] enough memory for the
/// allocation"
Event parse_overcommit(std::string_view text) {
  if (!skip_past(text, "__vm_enough_memory: pid: ")) return std::nullopt;
  const auto pid = take_count(text);
  if (!pid || !take(text, ", comm: ")) return std::nullopt;
  std::size_t end = text.rfind(" not enough memory");
  if (end == std::string_view::npos) end = text.rfind(" no enough memory");
  if (end == std::string_view::npos) return std::nullopt;
  text = text.substr(0, end);
  OvercommitRefusal refusal{.pid = *pid, .comm = {}, .bytes = {}};
  if (const std::size_t bytes = text.rfind(", bytes: "); bytes != std::string_view::npos) {
    refusal.bytes = parse_integer(text.substr(bytes + 9));
    if (refusal.bytes) text = text.substr(0, bytes);
  }
  if (text.ends_with(',')) text.remove_suffix(1);
  refusal.comm = text;
  return refusal;
}

Event parse_pids(std::string_view text) {
  if (!skip_past(text, "cgroup: fork rejected by pids controller in ")) return std::nullopt;
  return PidsRejection{std::string(trim(text))};
}

/// Up to the next "," + key, or the end.
std::string value_before(std::string_view text, std::string_view key) {
  return std::string(text.substr(0, text.find(key)));
}

/// "oom-kill:constraint=C,nodemask=..,[global_oom|oom_memcg=B],task_memcg=A,task=comm,pid=V,uid=U"
Event parse_oom_context(std::string_view text) {
  if (!skip_past(text, "oom-kill:constraint=")) return std::nullopt;
  OomContext context{
      .constraint = value_before(text, ","), .oom_memcg = {}, .task_memcg = {}, .pid = {}};
  std::string_view rest = text;
  if (skip_past(rest, ",oom_memcg=")) context.oom_memcg = value_before(rest, ",task_memcg=");
  rest = text;
  if (skip_past(rest, ",task_memcg=")) context.task_memcg = value_before(rest, ",task=");
  if (const std::size_t pid = text.rfind(",pid="); pid != std::string_view::npos) {
    std::string_view number = text.substr(pid + 5);
    context.pid = take_count(number);
  }
  return context;
}

/// Before 5.0: "Task in A killed as a result of limit of B".
Event parse_old_context(std::string_view text) {
  constexpr std::string_view kMiddle = " killed as a result of limit of ";
  if (!take(text, "Task in ")) return std::nullopt;
  const std::size_t middle = text.rfind(kMiddle);
  if (middle == std::string_view::npos) return std::nullopt;
  return OomContext{.constraint = "CONSTRAINT_MEMCG",
                    .oom_memcg = std::string(trim(text.substr(middle + kMiddle.size()))),
                    .task_memcg = std::string(text.substr(0, middle)),
                    .pid = {}};
}

std::optional<std::int64_t> kib_after(std::string_view text, std::string_view name) {
  if (!skip_past(text, name)) return std::nullopt;
  const auto kib = take_count(text);
  if (!kib || *kib < 0 || *kib > INT64_MAX / 1024) return std::nullopt;
  return *kib * 1024;
}

/// "Killed process V (comm)[, UID U,] total-vm:NkB, anon-rss:NkB, ...[, UID:U pgtables:...]". The
/// line "Kill process P (comm) score S or sacrifice child" names a parent that may live on.
Event parse_oom_kill(std::string_view text) {
  const bool memory_cgroup = text.find("Memory cgroup out of memory") != std::string_view::npos;
  if (!skip_past(text, "Killed process ")) return std::nullopt;
  const auto pid = take_count(text);
  if (!pid || !take(text, " (")) return std::nullopt;
  const std::size_t numbers = text.rfind("total-vm:");
  if (numbers == std::string_view::npos) return std::nullopt;
  const std::string_view tail = text.substr(numbers);
  const std::string_view name = text.substr(0, numbers);
  const std::size_t close = name.rfind(')');
  if (close == std::string_view::npos) return std::nullopt;
  OomKill kill{.pid = *pid,
               .comm = std::string(name.substr(0, close)),
               .memory_cgroup = memory_cgroup,
               .total_vm = kib_after(tail, "total-vm:"),
               .anon_rss = kib_after(tail, "anon-rss:"),
               .uid = {}};
  std::string_view uid = name.substr(close);
  std::string_view late = tail;
  if (skip_past(uid, ", UID ")) kill.uid = take_count(uid);
  if (skip_past(late, ", UID:")) kill.uid = take_count(late);
  return kill;
}

std::optional<std::int64_t> number_after(std::string_view text, std::string_view name) {
  return skip_past(text, name) ? take_count(text) : std::nullopt;
}

/// "audit: type=1326 audit(..): auid=U uid=U gid=G ses=S pid=P comm="C" exe=".." sig=N arch=..
/// syscall=N .."
Event parse_seccomp_kill(std::string_view text) {
  if (!skip_past(text, "type=1326 ")) return std::nullopt;
  const auto pid = number_after(text, " pid=");
  const std::size_t comm = text.find(" comm=\"");
  // Everything behind the name is the kernel's own; a name cannot hold a quote unescaped.
  if (!pid || comm == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(comm + 7);
  const std::size_t close = rest.find('"');
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view tail = rest.substr(close);
  return SeccompKill{.pid = *pid,
                     .comm = std::string(rest.substr(0, close)),
                     .signal = number_after(tail, " sig="),
                     .syscall = number_after(tail, " syscall=")};
}

/// "[traps: ]comm[pid]: segfault at ..", "traps: comm[pid] general protection fault ip:.." and
/// "traps: comm[pid] trap invalid opcode ip:..".
Event parse_fault(std::string_view text) {
  for (const std::string_view what :
       {": segfault at ", " general protection ", " trap divide error ", " trap invalid opcode "}) {
    const std::size_t at = text.rfind(what);
    if (at == std::string_view::npos || at == 0 || text[at - 1] != ']') continue;
    std::string_view name = text.substr(0, at - 1);
    (void)take(name, "traps: ");
    const std::size_t open = name.rfind('[');
    const auto pid =
        open != std::string_view::npos ? parse_integer(name.substr(open + 1)) : std::nullopt;
    if (!pid || *pid <= 0) continue;
    std::string_view word = trim(what.substr(what.front() == ':' ? 1 : 0));
    if (word.ends_with(" at")) word.remove_suffix(3);
    return ProcessorFault{
        .pid = *pid, .comm = std::string(name.substr(0, open)), .what = std::string(word)};
  }
  return std::nullopt;
}

bool belongs_to(const OomContext& context, const OomKill& kill) {
  return !context.pid || *context.pid == kill.pid;
}

}  // namespace

std::optional<KernelEvent> parse_kernel_event(std::string_view text) {
  if (auto event = parse_overcommit(text)) return event;
  if (auto event = parse_pids(text)) return event;
  if (auto event = parse_oom_context(text)) return event;
  if (auto event = parse_old_context(text)) return event;
  if (auto event = parse_oom_kill(text)) return event;
  if (auto event = parse_seccomp_kill(text)) return event;
  if (auto event = parse_fault(text)) return event;
  return parse_storage_event(text);
}

std::vector<OomRecord> collect_oom_kills(std::span<const KernelMessage> log) {
  std::vector<OomRecord> records;
  std::optional<OomContext> context;
  for (const KernelMessage& message : log) {
    const auto event = parse_kernel_event(message.text);
    if (!event) continue;
    if (const auto* found = std::get_if<OomContext>(&*event)) context = *found;
    const auto* kill = std::get_if<OomKill>(&*event);
    if (kill == nullptr) continue;
    const bool fits = context && belongs_to(*context, *kill);
    records.push_back({message.at, *kill, fits ? context : std::nullopt});
    context.reset();
  }
  return records;
}

}  // namespace forkmend::host
