// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "redis/reply.hpp"
#include "redis/reply_scanner.hpp"

namespace forkmend::redis {

/// The request on the wire. Errors: invalid (no words), io (no memory).
[[nodiscard]] Result<std::string> format_command(std::span<const std::string> words);

/// Reads one reply. Every byte passes ReplyScanner first, so that hiredis never sees more than
/// max_reply bytes nor a size or depth it would allocate for blindly.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t max_reply);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// The reply once its last byte is there, nullopt before. Takes from the front of `bytes` what
  /// belongs to this reply; the rest is the next one's. Errors: protocol (no RESP), too_large.
  /// After an error the reader is of no use.
  [[nodiscard]] Result<std::optional<Reply>> feed(std::string_view& bytes);

 private:
  struct Parser;
  ReplyScanner scanner_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace forkmend::redis
