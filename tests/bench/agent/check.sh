#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright the forkmend authors
#
# check.sh PORT: the check that people run from cron, as runbooks have it: what the agent is compared with.
port=$1
rdb=$(redis-cli -p "$port" INFO persistence | grep '^rdb_last_bgsave_status:' | cut -d: -f2 | tr -d '\r')
aof=$(redis-cli -p "$port" INFO persistence | grep '^aof_last_bgrewrite_status:' | cut -d: -f2 | tr -d '\r')
[ "$rdb" = ok ] || echo "CRITICAL: RDB persistence fails"
[ "$aof" = ok ] || echo "CRITICAL: AOF persistence fails"
limit=$(grep CommitLimit /proc/meminfo | awk '{print $2}')
committed=$(grep Committed_AS /proc/meminfo | awk '{print $2}')
[ $((committed * 100 / limit)) -lt 90 ] || echo "WARNING: Committed_AS is over 90 % of CommitLimit"
grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled || echo "WARNING: THP is not never"
[ "$(cat /proc/sys/vm/overcommit_memory)" = 1 ] || echo "WARNING: overcommit_memory is not 1"
