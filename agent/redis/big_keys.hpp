// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "redis/connection.hpp"
#include "redis/info.hpp"

namespace forkmend::redis {

/// What may be asked of a server that is in trouble already.
struct BigKeyBudget {
  std::chrono::milliseconds time{5000};  ///< after it the search ends with what it has
  int batch = 100;                       ///< COUNT of SCAN: keys asked about at once
  /// After each batch the server is left alone for so many times what the batch took.
  int rest = 4;
  std::size_t keep = 10;  ///< of the largest
};

struct BigKey {
  std::string type;
  std::int64_t bytes = 0;  ///< MEMORY USAGE, with its own samples of large collections
  int database = 0;
  std::string name;  ///< as the server has it: any bytes
};

struct TypeTotal {
  std::int64_t keys = 0;
  std::int64_t bytes = 0;
};

struct BigKeys {
  std::int64_t keys = 0;       ///< in all databases, by INFO keyspace
  std::int64_t looked_at = 0;  ///< at most `keys`, in the order of SCAN, which is that of hashes
  std::int64_t bytes = 0;      ///< of those
  bool whole = false;          ///< every key was looked at
  std::map<std::string, TypeTotal> by_type;
  std::vector<BigKey> largest;  ///< largest first
};

/// Counts and keeps the largest. Pure.
class BigKeyTally {
 public:
  explicit BigKeyTally(std::size_t keep) : keep_(keep) {}
  void add(BigKey key);
  [[nodiscard]] BigKeys take() { return std::move(found_); }

 private:
  std::size_t keep_;
  BigKeys found_;
};

/// Database and number of keys of each line of INFO keyspace ("db0:keys=3,expires=0,...").
[[nodiscard]] std::map<int, std::int64_t> keyspace_of(const Info& info);

/// SCAN over every database with TYPE and MEMORY USAGE (4.0 on) of each key, in batches with rests.
/// Changes nothing; the idle time and access counters of keys stay (neither command touches them).
/// Errors: those of the connection and of an ACL; server_error where the server is older than 4.0.
[[nodiscard]] boost::asio::awaitable<Result<BigKeys>> find_big_keys(Connection* connection,
                                                                    Info info, BigKeyBudget budget);

}  // namespace forkmend::redis
