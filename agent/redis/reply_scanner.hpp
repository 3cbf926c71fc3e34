// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace forkmend::redis {

/// Walks over the bytes of one RESP2 reply as they arrive, before anything is allocated for them,
/// and says where the reply ends. A hostile or confused peer is refused at the first byte that
/// cannot be right, a declared size over a bound as soon as its header is there.
class ReplyScanner {
 public:
  /// Bounds: max_bytes in all, max_bytes / 64 array elements (a parsed element costs far more
  /// memory than the four bytes it may take on the wire), kMaxDepth arrays inside each other,
  /// kMaxLine bytes of one status or error.
  explicit ReplyScanner(std::size_t max_bytes);

  /// How many of the next bytes belong to this reply: fewer than given only when it ends inside
  /// them. Errors: protocol (no RESP), too_large (a bound).
  [[nodiscard]] Result<std::size_t> take(std::string_view bytes);
  [[nodiscard]] bool done() const { return done_; }

  static constexpr std::size_t kMaxDepth = 7;  ///< what every hiredis parses
  static constexpr std::size_t kMaxLine = std::size_t{64} << 10U;

 private:
  Result<void> take_line(std::string_view& rest);
  Result<void> take_body(std::string_view& rest);
  Result<void> finish_line();
  Result<void> begin_bulk(std::int64_t length);
  Result<void> begin_array(std::int64_t count);
  void finish_element();

  std::size_t max_bytes_;
  std::size_t max_elements_;
  std::size_t bytes_ = 0;
  std::size_t elements_ = 0;
  std::string line_;                              ///< the current header, status or error
  std::size_t body_left_ = 0;                     ///< of a bulk, with its line end
  std::array<std::size_t, kMaxDepth> missing_{};  ///< elements still to come, per open array
  std::size_t depth_ = 0;
  bool done_ = false;
};

}  // namespace forkmend::redis
