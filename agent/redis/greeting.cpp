// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/greeting.hpp"

#include <string_view>

#include "base/text.hpp"

namespace forkmend::redis {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string who(const Credentials& credentials) {
  if (credentials.username.empty()) return "the password";
  return "the password of user " + printable(credentials.username, 80);
}

/// Before Redis 6: "Client sent AUTH, but no password is set"; since: "AUTH <password> called
/// without any password configured for the default user. Are you sure ..." (authCommand).
bool wants_no_password(const ServerError& error) {
  return error.code == "ERR" && (contains(error.text, "no password is set") ||
                                 contains(error.text, "without any password configured"));
}

Error judge_auth(const ServerError& error, const Credentials& credentials) {
  const bool refused = error.code == "WRONGPASS" ||
                       (error.code == "ERR" && contains(error.text, "invalid password"));
  if (refused) {
    return Error{Errc::permission_denied,
                 "the server refuses " + who(credentials) +
                     " (WRONGPASS); check REDISCLI_AUTH, --askpass or password_file"};
  }
  if (error.code == "ERR" && contains(error.text, "wrong number of arguments")) {
    return Error{Errc::permission_denied,
                 "the server knows no users (older than Redis 6); leave the user name out"};
  }
  return Error{Errc::permission_denied,
               "the server refuses AUTH with " + printable(error.code, 40) +
                   "; is the command renamed or is this another kind of server?"};
}

}  // namespace

std::vector<std::string> greeting(const Credentials& credentials) {
  if (credentials.password.empty()) return {"PING"};
  if (credentials.username.empty()) return {"AUTH", credentials.password};
  return {"AUTH", credentials.username, credentials.password};
}

Result<void> judge_greeting(const Reply& reply, const Credentials& credentials) {
  const bool authenticating = !credentials.password.empty();
  const ServerError* error = reply.error();
  if (error == nullptr) {
    if (std::holds_alternative<Status>(reply.value)) return ok();
    return Error{Errc::protocol, "the server answered the greeting with no status"};
  }
  if (error->code == "ERR" && contains(error->text, "max number of clients")) {
    return Error{Errc::busy, "the server has reached its maxclients; close clients or raise it"};
  }
  if (error->code == "DENIED") return to_error(*error);
  if (authenticating) {
    if (wants_no_password(*error)) return ok();
    return judge_auth(*error, credentials);
  }
  if (error->code == "NOPERM") return ok();
  Error failure = to_error(*error);
  if (failure.code != Errc::permission_denied) return ok();
  return failure;
}

}  // namespace forkmend::redis
