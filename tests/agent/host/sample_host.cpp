// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "sample_host.hpp"

namespace forkmend::testing {

namespace {

Files kernel_files() {
  return {
      {"/proc/meminfo",
       "MemTotal:       16384000 kB\nMemFree:         1024000 kB\nMemAvailable:    4096000 kB\n"
       "Buffers:           64000 kB\nCached:          3000000 kB\nSwapTotal:       2048000 kB\n"
       "SwapFree:        1024000 kB\nCommitLimit:    10240000 kB\nCommitted_AS:    9000000 kB\n"
       "AnonHugePages:     20480 kB\nHugePages_Total:       2\nHugepagesize:       2048 "
       "kB\nHugetlb:            4096 kB\n"},
      {"/proc/vmstat",
       "nr_free_pages 256000\nnr_file_pages 770000\nnr_shmem 2000\nnr_slab_reclaimable 50000\n"
       "oom_kill 3\n"},
      {"/proc/zoneinfo",
       "Node 0, zone      DMA\n  pages free     3840\n        min      52\n        low      65\n"
       "        high     78\n        spanned  4095\n        present  3998\n"
       "        managed  3840\n        protection: (0, 3019, 15811, 15811, 15811)\n"
       "  pagesets\n    cpu: 0\n              count:    0\n              high:     7\n"
       "Node 0, zone    DMA32\n        high     15853\n        managed  772915\n"
       "        protection: (0, 0, 12792, 12792, 12792)\n"
       "Node 0, zone   Normal\n        high     9409\n        managed  3319245\n"
       "        protection: (0, 0, 0, 0, 0)\n"
       "Node 0, zone  Movable\n        high     32\n        managed  0\n"
       "        protection: (0, 0, 0, 0, 0)\n"},
      {"/proc/loadavg", "0.08 0.14 0.10 1/412 4711\n"},
      {"/proc/sys/vm/overcommit_memory", "2\n"},
      {"/proc/sys/vm/overcommit_ratio", "50\n"},
      {"/proc/sys/vm/overcommit_kbytes", "0\n"},
      {"/proc/sys/vm/admin_reserve_kbytes", "8192\n"},
      {"/proc/sys/vm/user_reserve_kbytes", "131072\n"},
      {"/proc/sys/vm/max_map_count", "65530\n"},
      {"/proc/pressure/memory",
       "some avg10=0.00 avg60=1.00 avg300=0.00 total=1\n"
       "full avg10=0.00 avg60=0.50 avg300=0.00 total=1\n"},
      {"/proc/pressure/io",
       "some avg10=0.00 avg60=1.00 avg300=0.00 total=1\n"
       "full avg10=0.00 avg60=0.25 avg300=0.00 total=1\n"},
      {"/proc/sys/kernel/pid_max", "4194304\n"},
      {"/proc/sys/kernel/threads-max", "127000\n"},
      {"/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"},
      {"/sys/devices/system/cpu/online", "0-3\n"},
      {"/sys/devices/system/cpu/present", "0-7\n"},
      {"/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
      {"/sys/kernel/mm/transparent_hugepage/defrag",
       "always defer defer+madvise [madvise] never\n"},
      {"/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nVERSION_ID=\"12\"\nID=debian\n"},
      {"/run/systemd/system/keep", ""},
      {"/proc/self/ns/user", "-> user:[4026531837]"},
      {"/proc/self/ns/pid", "-> pid:[4026531836]"},
      {"/proc/self/ns/cgroup", "-> cgroup:[4026531835]"},
      {"/proc/self/mountinfo",
       "22 27 0:21 / /proc rw,nosuid,relatime shared:5 - proc proc rw\n"
       "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
       "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"},
  };
}

Files process_files() {
  const std::string unit = "/sys/fs/cgroup/system.slice/redis-server.service";
  const std::string slice = "/sys/fs/cgroup/system.slice";
  return {
      {"/proc/812/stat",
       "812 (redis-server) S 1 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 5 0 90321 "
       "5120000000 1000000 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 3 0 0 0\n"},
      {"/proc/812/oom_score_adj", "-500\n"},
      {"/proc/812/ns/pid", "-> pid:[4026531836]"},
      {"/proc/812/ns/pid_for_children", "-> pid:[4026531836]"},
      {"/proc/812/status",
       "Name:\tredis-server\nState:\tS (sleeping)\nTgid:\t812\nPid:\t812\nPPid:\t1\n"
       "Uid:\t999\t999\t999\t999\nNSpid:\t812\nVmSize:\t 5000000 kB\nVmRSS:\t 4000000 kB\n"
       "RssAnon:\t 3900000 kB\nVmData:\t 4800000 kB\nVmStk:\t     132 kB\nVmPTE:\t    8000 kB\n"
       "VmSwap:\t       0 kB\nTHP_enabled:\t0\nThreads:\t5\nCapEff:\t0000000000000000\n"},
      {"/proc/812/limits",
       "Limit                     Soft Limit           Hard Limit           Units     \n"
       "Max data size             unlimited            unlimited            bytes     \n"
       "Max processes             4096                 unlimited            processes \n"
       "Max address space         unlimited            unlimited            bytes     \n"
       "Max open files            10032                20000                files     \n"},
      {"/proc/812/maps",
       "7f0000000000-7f0040000000 rw-p 00000000 00:00 0 \n"
       "7f1000000000-7f1000200000 rw-p 00000000 00:00 0                          [heap]\n"},
      {"/proc/812/smaps",
       "7f0000000000-7f0040000000 rw-p 00000000 00:00 0 \nSize:            1048576 kB\n"
       "VmFlags: rd wr mr mw me ac sd \n"
       "7f1000000000-7f1000200000 rw-p 00000000 00:00 0                          [heap]\n"
       "VmFlags: rd wr mr mw me ac sd \n"
       "7f2000000000-7f2040000000 rw-p 00000000 00:00 0 \nVmFlags: rd wr mr mw me nr sd \n"
       "7f3000000000-7f3040000000 rw-p 00000000 00:00 0 \nVmFlags: rd wr mr mw me dc ac sd \n"},
      {"/proc/812/cmdline", std::string("/usr/bin/redis-server 127.0.0.1:6379\0\0\0", 39)},
      {"/proc/812/exe", "-> /usr/bin/redis-check-rdb"},
      {"/proc/812/cwd", "-> /var/lib/redis"},
      {"/proc/812/ns/user", "-> user:[4026531837]"},
      {"/proc/812/cgroup", "0::/system.slice/redis-server.service\n"},
      {"/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"},
      {slice + "/cgroup.controllers", "cpu memory pids\n"},
      {slice + "/pids.current", "60\n"},
      {slice + "/pids.max", "max\n"},
      {slice + "/pids.events", "max 0\n"},
      {slice + "/memory.current", "6000000000\n"},
      {slice + "/memory.max", "max\n"},
      {slice + "/memory.high", "max\n"},
      {slice + "/memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n"},
      {slice + "/memory.stat", "inactive_file 100\nactive_file 20\nslab_reclaimable 3\n"},
      {unit + "/cgroup.controllers", "memory pids\n"},
      {unit + "/pids.current", "5\n"},
      {unit + "/pids.max", "100\n"},
      {unit + "/pids.events", "max 7\n"},
      {unit + "/memory.current", "4200000000\n"},
      {unit + "/memory.max", "8589934592\n"},
      {unit + "/memory.high", "max\n"},
      {unit + "/memory.swap.max", "0\n"},
      {unit + "/memory.swap.current", "0\n"},
      {unit + "/memory.oom.group", "1\n"},
      {unit + "/memory.events", "low 0\nhigh 0\nmax 4\noom 2\noom_kill 1\noom_group_kill 0\n"},
      {unit + "/memory.stat",
       "anon 4000000000\ninactive_file 1000\nactive_file 200\nslab_reclaimable 30\n"},
  };
}

}  // namespace

Files sample_host() {
  Files files = kernel_files();
  files.merge(process_files());
  return files;
}

Files with(Files files, const Files& others) {
  for (const auto& [path, content] : others) {
    if (content.empty()) {
      files.erase(path);
    } else {
      files[path] = content;
    }
  }
  return files;
}

}  // namespace forkmend::testing
