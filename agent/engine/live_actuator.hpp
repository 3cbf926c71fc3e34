// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/actuator.hpp"
#include "host/root.hpp"
#include "redis/connection.hpp"

namespace forkmend::engine {

/// How to reach the instance of a config step; nullopt when it is not known here.
using ConnectionLookup =
    std::function<std::optional<redis::ConnectionOptions>(const remediations::Target& target)>;

/// By to_string(options.endpoint) and the target's endpoint.
[[nodiscard]] ConnectionLookup lookup_in(std::vector<redis::ConnectionOptions> connections);

/// What a file step tells the system after it was written: "daemon-reload".
using AfterwardsRunner = std::function<boost::asio::awaitable<Result<void>>(std::string what)>;

/// The actuator that changes things. With a root that is not live, files below its prefix stand in
/// for /proc/sys, /sys and /etc (so that tests change a private tree); rlimit and config always
/// mean the running process and server.
class LiveActuator : public Actuator {
 public:
  /// Without a runner: systemctl on a live root where systemd runs, else nothing.
  LiveActuator(host::Root root, ConnectionLookup connections, AfterwardsRunner afterwards = {});

  [[nodiscard]] boost::asio::awaitable<Result<std::optional<std::string>>> read(
      remediations::Target target) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> change(ChangeRequest request) override;
  [[nodiscard]] boost::asio::awaitable<std::uint64_t> holder(remediations::Target target) override;

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(ChangeRequest request);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write_server(ChangeRequest request);
  [[nodiscard]] boost::asio::awaitable<Result<void>> put_back(ChangeRequest request,
                                                              std::optional<std::string> live);

  host::Root root_;
  ConnectionLookup connections_;
  AfterwardsRunner afterwards_;
};

}  // namespace forkmend::engine
