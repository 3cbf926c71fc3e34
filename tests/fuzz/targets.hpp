// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <string_view>

// What each fuzzer runs on its input. They abort when a promise of the parser does not hold;
// crashes and undefined behaviour are the sanitizers' business. The unit test fuzz-corpus runs the
// same functions over the seed corpus and changed copies of it, with any compiler.
namespace forkmend::fuzz {

/// INFO: parse, identify, facts; and CONFIG lines of a bundle.
void run_info(std::string_view input);

/// A server log: each line with each kind of clock, and the whole as a file's tail.
void run_log(std::string_view input);

/// What journald, container managers and syslog daemons keep of a server's lines.
void run_log_source(std::string_view input);

/// bundle.toml.
void run_bundle(std::string_view input);

/// A request on the control socket, and a reply of the agent.
void run_control(std::string_view input);

/// A record of the kernel log.
void run_kmsg(std::string_view input);

/// /proc/PID/smaps, /proc/PID/mountinfo, /proc/PID/cgroup.
void run_smaps(std::string_view input);
void run_mountinfo(std::string_view input);
void run_cgroup(std::string_view input);

/// A policy, which is written and read again.
void run_policy(std::string_view input);

/// -i URL.
void run_url(std::string_view input);

/// A server's redis.conf: a block of ours is put into it and taken away again.
void run_conf_edit(std::string_view input);

}  // namespace forkmend::fuzz
