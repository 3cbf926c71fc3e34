// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/read_instance.hpp"

#include <map>

#include "policy/table_reader.hpp"
#include "policy/tables.hpp"
#include "settings/read_values.hpp"

namespace forkmend::settings {

namespace {

using policy::Issues;
using policy::Node;
using policy::TableReader;

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/// "port of the URL: expected a number from 1 to 65535" with the parts of every other message.
std::string url_complaint(const std::string& message, std::string_view expected) {
  constexpr std::string_view kMark = ": expected ";
  const std::size_t at = message.find(kMark);
  if (at == std::string::npos) return message + "; expected " + std::string(expected);
  return "the " + message.substr(0, at) + " is wrong; " + message.substr(at + 2);
}

/// nullopt: there is none that can be used, which was reported. No message quotes a URL: it may
/// hold a password.
std::optional<redis::Endpoint> read_url(TableReader& reader, const Node& table, Issues& issues) {
  constexpr std::string_view kExpected = "redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH";
  if (reader.find("url") == nullptr) {
    issues.add(table.at, {"this instance has no url", "url = \"redis://127.0.0.1:6379\""});
    return std::nullopt;
  }
  const auto text = reader.text("url");
  if (!text) return std::nullopt;
  const policy::SourcePosition at = reader.find("url")->at;
  auto parsed = redis::parse_url(*text);
  if (!parsed) {
    issues.add_message(at, url_complaint(parsed.error().message, kExpected));
    return std::nullopt;
  }
  if (!parsed->credentials.username.empty() || !parsed->credentials.password.empty()) {
    issues.add(at, {"url has a user or a password",
                    "a URL without them; username and password_file beside it"});
    return std::nullopt;
  }
  return std::move(parsed->endpoint);
}

void read_username(TableReader& reader, InstanceSettings& instance, Issues& issues) {
  auto text = reader.text("username");
  if (!text) return;
  // Redis takes any name without blanks and NUL (ACLStringHasSpaces).
  const bool usable =
      !text->empty() && text->find_first_of(std::string(" \t\r\n\0", 5)) == std::string::npos;
  if (!usable) {
    issues.add(reader.find("username")->at,
               {"username is " + policy::quoted(*text), "the name of an ACL user, without blanks"});
    return;
  }
  instance.username = std::move(*text);
}

void read_credential(TableReader& reader, InstanceSettings& instance, Issues& issues) {
  auto text = reader.text("credential");
  if (!text) return;
  const bool usable = !text->empty() && text->size() <= 255 && *text != "." && *text != ".." &&
                      text->find_first_not_of(kNameCharacters) == std::string::npos;
  if (!usable) {
    issues.add(reader.find("credential")->at,
               {"credential is " + policy::quoted(*text),
                "the name of a systemd credential (LoadCredential=NAME:PATH in the unit)"});
    return;
  }
  instance.credential = std::move(*text);
}

/// What can be said only of several keys together.
void check_together(TableReader& reader, const InstanceSettings& instance, Issues& issues) {
  if (!instance.password_file.empty() && !instance.credential.empty()) {
    issues.add(reader.find("credential")->at,
               {"this instance has password_file and credential", "one of them"});
  }
  const bool has_password =
      reader.find("password_file") != nullptr || reader.find("credential") != nullptr;
  if (!instance.username.empty() && !has_password) {
    issues.add(reader.find("username")->at, {"this instance has a username and no password",
                                             "password_file or credential beside it"});
  }
  if (!instance.ca_file.empty() && instance.endpoint.transport != redis::Transport::tls) {
    const bool tcp = instance.endpoint.transport == redis::Transport::tcp;
    redis::Endpoint secured = instance.endpoint;
    secured.transport = redis::Transport::tls;
    issues.add(
        reader.find("ca_file")->at,
        {"ca_file beside the url of a server without TLS", "a url that begins with rediss://",
         tcp ? std::optional(policy::quoted(to_string(secured))) : std::nullopt});
  }
}

std::optional<InstanceSettings> read_instance(const Node& table, Issues& issues) {
  InstanceSettings instance;
  TableReader reader(table, "in [[instance]]", issues);
  auto endpoint = read_url(reader, table, issues);
  if (endpoint) instance.endpoint = std::move(*endpoint);
  read_username(reader, instance, issues);
  instance.password_file = read_path(reader, "password_file", issues).value_or("");
  read_credential(reader, instance, issues);
  instance.ca_file = read_path(reader, "ca_file", issues).value_or("");
  if (endpoint) check_together(reader, instance, issues);
  reader.reject_unknown_keys();
  return endpoint ? std::optional(std::move(instance)) : std::nullopt;
}

}  // namespace

std::vector<InstanceSettings> read_instances(const std::vector<const Node*>& tables,
                                             Issues& issues) {
  std::vector<InstanceSettings> instances;
  std::map<std::string, policy::SourcePosition> seen;
  for (const Node* table : tables) {
    auto instance = read_instance(*table, issues);
    if (!instance) continue;
    const std::string url = to_string(instance->endpoint);
    const auto [first, is_new] = seen.emplace(url, table->at);
    if (is_new) {
      instances.push_back(std::move(*instance));
      continue;
    }
    issues.add(table->at, {"the instance of " + policy::line_of(first->second) + " has the url " +
                               policy::quoted(url) + " already",
                           "one [[instance]] for each server"});
  }
  return instances;
}

}  // namespace forkmend::settings
