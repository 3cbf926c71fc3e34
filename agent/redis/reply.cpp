// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/reply.hpp"

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

std::string_view type_name(const Reply& reply) {
  struct Namer {
    std::string_view operator()(const Nil&) const { return "nil"; }
    std::string_view operator()(const Status&) const { return "a status"; }
    std::string_view operator()(const ServerError&) const { return "an error"; }
    std::string_view operator()(std::int64_t) const { return "an integer"; }
    std::string_view operator()(const std::string&) const { return "a text"; }
    std::string_view operator()(const Array&) const { return "an array"; }
  };
  return std::visit(Namer(), reply.value);
}

Error unexpected(const Reply& reply, std::string_view expected) {
  if (const ServerError* error = reply.error()) return to_error(*error);
  return Error{Errc::protocol, "the server answered with " + std::string(type_name(reply)) +
                                   ", expected " + std::string(expected)};
}

/// What a person can do about it; empty when the error is not about permission.
std::string_view advice_for(const ServerError& error) {
  if (error.code == "NOAUTH" || (error.code == "ERR" && error.text == "operation not permitted")) {
    return "the server wants a password: set REDISCLI_AUTH, use --askpass, or name a password_file "
           "for this instance";
  }
  if (error.code == "WRONGPASS") {
    return "check the user name and password given by REDISCLI_AUTH, --askpass or password_file";
  }
  if (error.code == "NOPERM") {
    return "grant it with ACL SETUSER, or use another user (REDISCLI_AUTH, --askpass, "
           "password_file)";
  }
  if (error.code == "DENIED") {
    return "the server is in protected mode: connect through its loopback address or unix socket";
  }
  return {};
}

}  // namespace

Error to_error(const ServerError& error) {
  std::string message = "the server answered " + printable(error.code, 40);
  if (!error.text.empty()) message.append(" ").append(printable(error.text));
  const std::string_view advice = advice_for(error);
  if (advice.empty()) return Error{Errc::server_error, std::move(message)};
  message.append("; ").append(advice);
  return Error{Errc::permission_denied, std::move(message)};
}

Result<std::string> as_text(const Reply& reply) {
  if (const auto* text = std::get_if<std::string>(&reply.value)) return *text;
  if (const auto* status = std::get_if<Status>(&reply.value)) return status->text;
  return unexpected(reply, "a text");
}

Result<std::int64_t> as_integer(const Reply& reply) {
  if (const auto* integer = std::get_if<std::int64_t>(&reply.value)) return *integer;
  return unexpected(reply, "an integer");
}

Result<std::vector<std::pair<std::string, std::string>>> as_pairs(const Reply& reply) {
  const auto* array = std::get_if<Array>(&reply.value);
  if (array == nullptr) return unexpected(reply, "an array of names and values");
  if (array->size() % 2 != 0) {
    return Error{Errc::protocol, "the server answered with a name that has no value"};
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(array->size() / 2);
  for (std::size_t i = 0; i < array->size(); i += 2) {
    auto name = as_text((*array)[i]);
    if (!name) return name.error().during("reading a name");
    auto value = as_text((*array)[i + 1]);
    if (!value) return value.error().during("reading the value of " + printable(*name, 80));
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace forkmend::redis
