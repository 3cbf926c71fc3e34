// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/reply_scanner.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxHeader = 32;  // type, 64-bit number, line end
constexpr std::size_t kBytesPerElement = 64;

Error broken(std::string_view what) {
  return Error{Errc::protocol, "the peer does not speak RESP: " + std::string(what)};
}

Error too_large(std::string_view what, std::size_t bound) {
  return Error{Errc::too_large,
               "the reply is refused: " + std::string(what) + " over " + std::to_string(bound)};
}

/// Only the one byte is shown: what follows may repeat what we sent, a password included.
Error not_a_type(char c) {
  constexpr char kTlsAlert = 0x15;
  constexpr char kTlsHandshake = 0x16;
  if (c == kTlsAlert || c == kTlsHandshake) {
    return broken("its answer looks like TLS; use rediss://");
  }
  std::string what = "its answer begins with '" + printable(std::string_view(&c, 1)) + "'";
  if (c == 'H') what += "; is it a web server?";
  return broken(what);
}

bool is_line_type(char c) {
  return c == '+' || c == '-';
}

bool is_type(char c) {
  return is_line_type(c) || c == ':' || c == '$' || c == '*';
}

}  // namespace

ReplyScanner::ReplyScanner(std::size_t max_bytes)
    : max_bytes_(max_bytes), max_elements_(max_bytes / kBytesPerElement) {}

Result<std::size_t> ReplyScanner::take(std::string_view bytes) {
  std::string_view rest = bytes;
  while (!rest.empty() && !done_) {
    auto taken = body_left_ > 0 ? take_body(rest) : take_line(rest);
    if (!taken) return taken.error();
  }
  const std::size_t used = bytes.size() - rest.size();
  bytes_ += used;
  if (bytes_ > max_bytes_) return too_large("bytes", max_bytes_);
  return used;
}

Result<void> ReplyScanner::take_line(std::string_view& rest) {
  if (line_.empty() && !is_type(rest.front())) return not_a_type(rest.front());
  const std::size_t end = rest.find('\n');
  const std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
  const std::size_t bound = is_line_type(line_.empty() ? rest.front() : line_.front())
                                ? std::min(kMaxLine, max_bytes_)
                                : kMaxHeader;
  if (line_.size() + size > bound) return too_large("bytes of one line", bound);
  line_.append(rest.substr(0, size));
  rest.remove_prefix(size);
  if (end == std::string_view::npos) return ok();
  if (!line_.ends_with("\r\n")) return broken("a line ends without carriage return");
  return finish_line();
}

Result<void> ReplyScanner::finish_line() {
  const char type = line_.front();
  const auto number = parse_integer(std::string_view(line_).substr(1, line_.size() - 3));
  line_.clear();
  if (is_line_type(type)) {
    finish_element();
    return ok();
  }
  if (!number) return broken("a length or an integer is not a number");
  if (type == '$') return begin_bulk(*number);
  if (type == '*') return begin_array(*number);
  finish_element();
  return ok();
}

Result<void> ReplyScanner::begin_bulk(std::int64_t length) {
  if (length < -1) return broken("a text has a negative length");
  if (length == -1) {
    finish_element();
    return ok();
  }
  const auto size = static_cast<std::uint64_t>(length);
  if (size > max_bytes_)
    return too_large("a text of " + std::to_string(size) + " bytes", max_bytes_);
  body_left_ = static_cast<std::size_t>(size) + 2;
  return ok();
}

Result<void> ReplyScanner::begin_array(std::int64_t count) {
  if (count < -1) return broken("an array has a negative length");
  if (depth_ == kMaxDepth) return too_large("arrays inside arrays", kMaxDepth);
  if (count <= 0) {
    finish_element();
    return ok();
  }
  const auto size = static_cast<std::uint64_t>(count);
  if (size > max_elements_ - elements_) {
    return too_large("array elements (" + std::to_string(size) + " more)", max_elements_);
  }
  elements_ += static_cast<std::size_t>(size);
  missing_[depth_] = static_cast<std::size_t>(size);
  ++depth_;
  return ok();
}

Result<void> ReplyScanner::take_body(std::string_view& rest) {
  const std::size_t text = std::min(rest.size(), body_left_ > 2 ? body_left_ - 2 : 0);
  rest.remove_prefix(text);
  body_left_ -= text;
  while (!rest.empty() && body_left_ > 0) {
    if (rest.front() != (body_left_ == 2 ? '\r' : '\n')) return broken("a text is too long");
    rest.remove_prefix(1);
    --body_left_;
  }
  if (body_left_ == 0) finish_element();
  return ok();
}

void ReplyScanner::finish_element() {
  while (depth_ > 0) {
    std::size_t& missing = missing_[depth_ - 1];
    --missing;
    if (missing > 0) return;
    --depth_;
  }
  done_ = true;
}

}  // namespace forkmend::redis
