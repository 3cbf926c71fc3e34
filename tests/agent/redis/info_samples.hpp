// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// INFO of each family of servers, as far as the tests look at it.
#pragma once

#include <string>

namespace forkmend::redis::samples {

inline const std::string persistence_40 =
    "# Persistence\r\nloading:0\r\nrdb_changes_since_last_save:12\r\nrdb_bgsave_in_progress:0\r\n"
    "rdb_last_save_time:1735812000\r\nrdb_last_bgsave_status:err\r\nrdb_last_bgsave_time_sec:-1\r\n"
    "rdb_current_bgsave_time_sec:-1\r\nrdb_last_cow_size:0\r\naof_enabled:0\r\n"
    "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0\r\naof_last_rewrite_time_sec:-1\r\n"
    "aof_current_rewrite_time_sec:-1\r\naof_last_bgrewrite_status:ok\r\naof_last_write_status:"
    "ok\r\n"
    "aof_last_cow_size:0\r\n";

inline const std::string redis_40 =
    "# Server\r\nredis_version:4.0.14\r\nredis_git_sha1:00000000\r\nredis_build_id:1234567890123456"
    "\r\nredis_mode:standalone\r\nprocess_id:812\r\nrun_id:6f2b1e5d0c8a4b7e9d3f1a2b4c5d6e7f8a9b0c1d"
    "\r\nexecutable:/usr/local/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf\r\n\r\n" +
    persistence_40 +
    "\r\n# Stats\r\nlatest_fork_usec:391\r\n\r\n# Replication\r\nrole:master\r\n"
    "\r\n# Keyspace\r\ndb0:keys=2,expires=0,avg_ttl=0\r\n";

inline const std::string redis_60 = "# Server\r\nredis_version:6.0.20\r\nprocess_id:7\r\n\r\n" +
                                    persistence_40 +
                                    "module_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\n";

inline const std::string redis_62 =
    "# Server\r\nredis_version:6.2.16\r\nprocess_id:7\r\n\r\n" + persistence_40 +
    "module_fork_in_progress:0\r\nmodule_fork_last_cow_size:0\r\ncurrent_cow_size:4096\r\n"
    "current_cow_size_age:3\r\ncurrent_fork_perc:12.50\r\ncurrent_save_keys_processed:10\r\n"
    "current_save_keys_total:80\r\n\r\n# Stats\r\ntotal_forks:5\r\nlatest_fork_usec:391\r\n";

inline const std::string redis_70 =
    "# Server\r\nredis_version:7.0.15\r\nprocess_id:7\r\n\r\n" + persistence_40 +
    "async_loading:0\r\ncurrent_cow_peak:8192\r\nrdb_saves:3\r\nrdb_last_load_keys_expired:0\r\n"
    "rdb_last_load_keys_loaded:0\r\naof_rewrites:151\r\naof_rewrites_consecutive_failures:0\r\n";

inline const std::string redis_84 =
    "# Server\r\nredis_version:8.4.2\r\nprocess_id:1\r\n\r\n" + persistence_40 +
    "async_loading:0\r\nrdb_saves:161554\r\nrdb_saves_consecutive_failures:161554\r\n";

inline const std::string valkey_8 =
    "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n"
    "server_mode:standalone\r\nprocess_id:1\r\nexecutable:/data/valkey-server\r\nconfig_file:\r\n"
    "availability_zone:\r\n\r\n" +
    persistence_40 + "\r\n# Replication\r\nrole:slave\r\n";

inline const std::string keydb =
    "# Server\r\nredis_version:6.3.4\r\nredis_git_sha1:7e7e5e57\r\nredis_mode:standalone\r\n"
    "process_id:1\r\nexecutable:/usr/local/bin/keydb-server\r\nconfig_file:/etc/keydb/"
    "keydb.conf\r\n"
    "availability_zone:\r\nfeatures:cluster_mget\r\n\r\n" +
    persistence_40 + "\r\n# Replication\r\nrole:active-replica\r\n\r\n# KeyDB\r\nmvcc_depth:0\r\n";

inline const std::string dragonfly =
    "# Server\r\nredis_version:7.4.0\r\ndragonfly_version:df-v1.38.1\r\nredis_mode:standalone\r\n"
    "process_id:1\r\n\r\n# Persistence\r\ncurrent_snapshot_perc:0\r\ncurrent_save_keys_processed:0"
    "\r\ncurrent_save_keys_total:0\r\nlast_success_save:1735812000\r\nlast_saved_file:\r\n"
    "last_success_save_duration_sec:0\r\nloading:0\r\nsaving:0\r\ncurrent_save_duration_sec:0\r\n"
    "rdb_changes_since_last_success_save:4\r\nrdb_bgsave_in_progress:0\r\n"
    "rdb_last_bgsave_status:err\r\nlast_failed_save:1735812300\r\n"
    "last_error:Couldn't open file for writing: /data/dump-2025: Permission denied\r\n"
    "last_failed_save_duration_sec:0\r\n\r\n# Replication\r\nrole:replica\r\n";

}  // namespace forkmend::redis::samples
