// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The only file that uses hiredis, and only what 0.14 and 1.x have in common.
#include "redis/resp.hpp"

#include <hiredis/hiredis.h>
#include <string.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

ServerError split_error(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return ServerError{std::string(line), {}};
  return ServerError{std::string(line.substr(0, blank)), std::string(line.substr(blank + 1))};
}

/// Depth is bounded by ReplyScanner.
Reply convert(const redisReply& raw) {  // NOLINT(misc-no-recursion)
  const auto text = [&raw] {
    return raw.str == nullptr ? std::string() : std::string(raw.str, raw.len);
  };
  switch (raw.type) {
    case REDIS_REPLY_STRING:
      return Reply{text()};
    case REDIS_REPLY_STATUS:
      return Reply{Status{text()}};
    case REDIS_REPLY_ERROR:
      return Reply{split_error(text())};
    case REDIS_REPLY_INTEGER:
      return Reply{std::int64_t{raw.integer}};
    case REDIS_REPLY_ARRAY: {
      Array array;
      array.reserve(raw.elements);
      for (std::size_t i = 0; i < raw.elements; ++i) array.push_back(convert(*raw.element[i]));
      return Reply{std::move(array)};
    }
    default:
      return Reply{Nil{}};
  }
}

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

Error parser_error(const redisReader& reader) {
  if (reader.err == REDIS_ERR_OOM) return errno_error(ENOMEM, "parsing a reply");
  return Error{Errc::protocol, "the peer does not speak RESP: " + printable(reader.errstr)};
}

}  // namespace

struct ReplyReader::Parser {
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreate()};
};

Result<std::string> format_command(std::span<const std::string> words) {
  if (words.empty()) return Error{Errc::invalid, "a command needs at least one word"};
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const auto size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), texts.data(),
                                           sizes.data());
  if (size < 0) return errno_error(ENOMEM, "formatting a command");
  std::string request(formatted, static_cast<std::size_t>(size));
  explicit_bzero(formatted, static_cast<std::size_t>(size));  // it may hold a password
  redisFreeCommand(formatted);
  return request;
}

ReplyReader::ReplyReader(std::size_t max_reply)
    : scanner_(max_reply), parser_(std::make_unique<Parser>()) {}

ReplyReader::~ReplyReader() = default;

Result<std::optional<Reply>> ReplyReader::feed(std::string_view& bytes) {
  redisReader* reader = parser_->reader.get();
  if (reader == nullptr) return errno_error(ENOMEM, "parsing a reply");
  const auto used = scanner_.take(bytes);
  if (!used) return used.error();
  const std::string_view ours = bytes.substr(0, *used);
  bytes.remove_prefix(*used);
  if (redisReaderFeed(reader, ours.data(), ours.size()) != REDIS_OK) return parser_error(*reader);
  if (!scanner_.done()) return std::optional<Reply>();
  void* raw = nullptr;
  if (redisReaderGetReply(reader, &raw) != REDIS_OK) return parser_error(*reader);
  const std::unique_ptr<void, FreeReply> owner(raw);
  if (raw == nullptr) return Error{Errc::protocol, "the reply ends where hiredis sees no end"};
  return std::optional<Reply>(convert(*static_cast<const redisReply*>(raw)));
}

}  // namespace forkmend::redis
