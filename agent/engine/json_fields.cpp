// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/json_fields.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace forkmend::engine {

namespace json = boost::json;

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_utf8(std::string_view text) {
  // The reader decides what is a JSON string, so that nothing is written that it would refuse.
  json::error_code failure;
  json::parse(json::serialize(json::string_view(text.data(), text.size())), failure);
  return !failure;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::size_t high = kDigits.find(digits[i]);
    const std::size_t low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace

json::value text_to_json(std::string_view text) {
  if (is_utf8(text)) return json::string(text.data(), text.size());
  std::string digits;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    digits += kDigits[byte >> 4U];
    digits += kDigits[byte & 0xFU];
  }
  return json::object{{"hex", digits}};
}

Result<std::string> text_from_json(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(text->data(), text->size());
  const json::object* object = value.if_object();
  const json::value* hex = object != nullptr ? object->if_contains("hex") : nullptr;
  const json::string* digits = hex != nullptr ? hex->if_string() : nullptr;
  if (digits != nullptr) {
    auto bytes = from_hex(std::string_view(digits->data(), digits->size()));
    if (bytes) return *std::move(bytes);
  }
  return Error{Errc::parse, "not a text"};
}

JsonFields::JsonFields(const json::value& value) : object_(value.if_object()) {
  if (object_ == nullptr) mistake_ = Error{Errc::parse, "not a JSON object"};
}

const json::value* JsonFields::find(std::string_view key) const {
  return object_ == nullptr ? nullptr : object_->if_contains({key.data(), key.size()});
}

void JsonFields::fail(std::string_view key, std::string_view expected) {
  if (mistake_) return;
  std::string message = "key \"";
  message.append(key).append("\": expected ").append(expected);
  mistake_ = Error{Errc::parse, std::move(message)};
}

void JsonFields::take(const Result<void>& outcome) {
  if (!outcome && !mistake_) mistake_ = outcome.error();
}

Result<void> JsonFields::outcome() const {
  if (mistake_) return *mistake_;
  return ok();
}

void JsonFields::read(std::string_view key, std::string& out) {
  const json::value* value = find(key);
  if (value == nullptr) return;
  auto text = text_from_json(*value);
  if (!text) return fail(key, "a text");
  out = *std::move(text);
}

void JsonFields::read(std::string_view key, std::optional<std::string>& out) {
  const json::value* value = find(key);
  if (value == nullptr || value->is_null()) return;
  out.emplace();
  read(key, *out);
}

void JsonFields::read(std::string_view key, std::int64_t& out) {
  const json::value* value = find(key);
  if (value == nullptr) return;
  json::error_code failure;
  const auto number = value->to_number<std::int64_t>(failure);
  if (failure) return fail(key, "an integer");
  out = number;
}

void JsonFields::read(std::string_view key, std::uint64_t& out) {
  const json::value* value = find(key);
  if (value == nullptr) return;
  json::error_code failure;
  const auto number = value->to_number<std::uint64_t>(failure);
  if (failure) return fail(key, "a number of at least 0");
  out = number;
}

void JsonFields::read(std::string_view key, bool& out) {
  const json::value* value = find(key);
  if (value == nullptr) return;
  if (!value->is_bool()) return fail(key, "true or false");
  out = value->get_bool();
}

void JsonFields::require(std::string_view key, std::string& out) {
  if (find(key) == nullptr) return fail(key, "a text, but it is missing");
  read(key, out);
}

}  // namespace forkmend::engine
