// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "daemon/control_protocol.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "engine/json_fields.hpp"
#include "policy/issues.hpp"

namespace forkmend::daemon {

namespace json = boost::json;

namespace {

constexpr std::int64_t kProtocol = 1;
constexpr std::size_t kDepth = 8;
constexpr std::size_t kLongestNotice = 400;
constexpr std::array<std::string_view, 3> kCommandWords = {"status", "reload", "notice"};
constexpr std::array<std::string_view, 5> kCodeWords = {"ok", "invalid", "denied", "rejected",
                                                        "busy"};

Result<json::object> parse_object(std::string_view line, std::size_t limit) {
  if (line.size() > limit) {
    return Error{Errc::too_large, "a line of " + std::to_string(line.size()) +
                                      " bytes; expected at most " + std::to_string(limit)};
  }
  json::parse_options options;
  options.max_depth = kDepth;
  boost::system::error_code failure;
  json::value value = json::parse(line, failure, {}, options);
  if (failure || !value.is_object()) {
    return Error{Errc::parse, "no JSON object; expected {\"schema\": 1, \"command\": ...}"};
  }
  return std::move(value.as_object());
}

Result<void> check_protocol(const json::object& object) {
  const json::value* schema = object.if_contains("schema");
  const auto* number = schema != nullptr ? schema->if_int64() : nullptr;
  if (number != nullptr && *number == kProtocol) return ok();
  return Error{Errc::parse, "schema is missing or unknown; expected \"schema\": 1"};
}

/// Which of the words the member is.
template <class Word, std::size_t N>
Result<Word> read_word(const json::object& object, std::string_view key,
                       const std::array<std::string_view, N>& words) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  const auto found =
      text != nullptr ? std::ranges::find(words, std::string_view(*text)) : words.end();
  if (found != words.end()) return static_cast<Word>(found - words.begin());
  return Error{Errc::parse, std::string(key) + " is missing or unknown; expected " +
                                policy::alternatives(words)};
}

Result<std::vector<std::string>> read_says(const json::object& object) {
  std::vector<std::string> says;
  const json::value* value = object.if_contains("says");
  const json::array* list = value != nullptr ? value->if_array() : nullptr;
  const bool strings = list != nullptr && std::ranges::all_of(*list, [](const json::value& item) {
                         return item.is_string();
                       });
  if (!strings) return Error{Errc::parse, "says is no list of strings"};
  for (const auto& item : *list) says.emplace_back(item.as_string());
  return says;
}

}  // namespace

Result<ControlRequest> parse_request(std::string_view line) {
  const auto object = parse_object(line, kMaxControlRequest);
  if (!object) return object.error();
  if (const auto known = check_protocol(*object); !known) return known.error();
  const auto command = read_word<ControlCommand>(*object, "command", kCommandWords);
  if (!command) return command.error();
  ControlRequest request{.command = *command, .says = {}};
  for (const auto& [key, value] : *object) {
    if (key == "schema" || key == "command") continue;
    const json::string* text = value.if_string();
    const bool wanted = key == "says" && *command == ControlCommand::notice;
    if (!wanted || text == nullptr || text->size() > kLongestNotice) {
      return Error{Errc::parse, "unexpected " + policy::quoted(key) +
                                    "; expected, of notice alone, says: a string of at most " +
                                    std::to_string(kLongestNotice) + " bytes"};
    }
    request.says = std::string(*text);
  }
  return request;
}

Result<ControlReply> parse_reply(std::string_view line) {
  const auto object = parse_object(line, kMaxControlReply);
  if (!object) return object.error();
  if (const auto known = check_protocol(*object); !known) return known.error();
  const auto code = read_word<ControlCode>(*object, "code", kCodeWords);
  if (!code) return code.error();
  auto says = read_says(*object);
  if (!says) return says.error();
  ControlReply reply{.code = *code, .says = std::move(*says), .status = {}};
  const json::value* status = object->if_contains("status");
  if (status == nullptr || status->is_null()) return reply;
  if (!status->is_object()) return Error{Errc::parse, "status is no object"};
  auto read = status_from_json(status->as_object());
  if (!read) return read.error();
  reply.status = std::move(*read);
  return reply;
}

std::string to_line(const ControlRequest& request) {
  json::object object{{"schema", kProtocol},
                      {"command", kCommandWords.at(static_cast<std::size_t>(request.command))}};
  if (request.command == ControlCommand::notice) {
    object["says"] = printable(request.says, kLongestNotice - 3);
  }
  return json::serialize(object) + "\n";
}

std::string to_line(const ControlReply& reply) {
  json::array says;
  for (const auto& line : reply.says) says.emplace_back(printable(line, 2000));
  json::object object{{"schema", kProtocol},
                      {"code", kCodeWords.at(static_cast<std::size_t>(reply.code))},
                      {"says", std::move(says)}};
  if (reply.status) object["status"] = to_json(*reply.status);
  return json::serialize(object) + "\n";
}

}  // namespace forkmend::daemon
