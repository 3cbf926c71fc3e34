// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/process_table.hpp"

namespace forkmend::redis {

/// Base name of a server's executable: redis-server, valkey-server, keydb-server, dragonfly, and
/// what packages make of them (redis6-server, redis-server-7.2). The checkers and the sentinel
/// count too: it is one file under several names, and Debian's real file is redis-check-rdb, to
/// which redis-server is a symlink. Which of them a process is, has_other_job() tells.
[[nodiscard]] bool is_server_executable(std::string_view base_name);

/// The executable's base name, as "...-server" when it is a server's file; where that link may not
/// be read, what the command line says.
[[nodiscard]] std::string executable_of(const host::ProcessRow& row);

/// Runs a server's executable as something else: sentinel, redis-check-rdb, a saving child. Told by
/// the first argument, as the program itself does it.
[[nodiscard]] bool has_other_job(const host::ProcessRow& row);

/// Where a process title ("redis-server 127.0.0.1:6379 [cluster]") says that the server listens;
/// empty when it does not. The server writes that title itself.
struct TitleAddress {
  std::string address;  ///< "127.0.0.1", "*", or the path of a unix socket with port 0
  std::uint16_t port = 0;
};
[[nodiscard]] TitleAddress title_address(const host::ProcessRow& row);

}  // namespace forkmend::redis
