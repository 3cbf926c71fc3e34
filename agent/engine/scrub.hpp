// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "redis/server_config.hpp"

namespace forkmend::engine {

/// Takes out of a bundle's texts what support has no business to know: passwords and user names,
/// addresses of clients, replicas and masters (each becomes the same "host-1" everywhere), key
/// names, environments, command lines of processes. Loopback addresses stay. Pure.
class Scrubber {
 public:
  /// A password or user name: gone wherever it stands. Words of fewer than four bytes are too
  /// short to be told from other text; the places that hold secrets are left out anyway.
  void hide_secret(std::string_view secret);
  /// The name or address of another host.
  void hide_host(std::string_view name);

  /// INFO; learns the names of master and replicas.
  [[nodiscard]] std::string info(std::string_view text);
  /// "name value" lines; secret parameters and values over several lines are left out.
  [[nodiscard]] std::string config(const redis::ConfigPairs& pairs);
  /// A server log: without the data in crash reports and without descriptions of clients.
  [[nodiscard]] std::string log(std::string_view text);
  [[nodiscard]] std::string kernel_line(std::string_view line);
  /// A file of the host; nullopt for one that is left out as a whole.
  [[nodiscard]] std::optional<std::string> host_file(std::string_view path,
                                                     std::string_view content);
  /// Any other sentence.
  [[nodiscard]] std::string sentence(std::string_view text);

 private:
  [[nodiscard]] std::string placeholder(std::string_view host);
  [[nodiscard]] std::string without_addresses(std::string_view text);
  [[nodiscard]] std::string without_known(std::string text) const;

  std::map<std::string, std::string, std::less<>> hosts_;
  std::vector<std::string> secrets_;
};

}  // namespace forkmend::engine
