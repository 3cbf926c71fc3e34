// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Private to directory_facts(): what is asked of each directory alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "host/fact_writer.hpp"
#include "host/mountinfo.hpp"
#include "host/root.hpp"

namespace forkmend::redis {

/// One directory while its facts are collected.
struct DirectoryPlace {
  const host::Root& root;
  std::int64_t pid;
  std::string_view prefix;
  std::string base;  ///< what stands before the server's "/" for us: "" or "/proc/812/root"
  std::string path;  ///< as the server names it
  std::string working_directory;  ///< likewise
  host::FactWriter& writer;

  [[nodiscard]] std::string name(std::string_view fact) const {
    return std::string(prefix) + std::string(fact);
  }
  [[nodiscard]] std::string host_path() const { return base + path; }
  void put(std::string_view fact, FactValue value, std::string_view source) const {
    writer.put(name(fact), std::move(value), source);
  }
  void miss(std::string_view fact, const Error& error, std::string_view source) const {
    writer.miss(name(fact), error, source);
  }
};

/// The file that a save puts there, as far as it exists.
struct SaveTarget {
  std::string path;  ///< host path
  Result<host::FileAttributes> attributes;
};

/// path, host_path, exists, file system, room and access; sticky too where there is a target.
void put_place(const DirectoryPlace& place, const Result<std::vector<host::Mount>>& mounts,
               const SaveTarget* target);

}  // namespace forkmend::redis
