// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/read_notify.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "policy/table_reader.hpp"
#include "settings/read_values.hpp"

namespace forkmend::settings {

namespace {

using policy::Issues;
using policy::Node;
using policy::TableReader;

constexpr std::array<std::string_view, 4> kTypeWords = {"alertmanager", "webhook", "email",
                                                        "command"};

/// The keys beside `type`: the first has to be there.
std::span<const std::string_view> keys_of(NotifyType type) {
  static constexpr std::array<std::string_view, 1> kUrl = {"url"};
  static constexpr std::array<std::string_view, 2> kMail = {"to", "from"};
  static constexpr std::array<std::string_view, 1> kCommand = {"command"};
  switch (type) {
    case NotifyType::alertmanager:
    case NotifyType::webhook:
      return kUrl;
    case NotifyType::email:
      return kMail;
    case NotifyType::command:
      return kCommand;
  }
  return {};
}

std::string_view example_of(NotifyType type) {
  switch (type) {
    case NotifyType::alertmanager:
      return "url = \"http://127.0.0.1:9093\"";
    case NotifyType::webhook:
      return "url = \"https://example.org/hook\"";
    case NotifyType::email:
      return "to = \"oncall@example.org\"";
    case NotifyType::command:
      return "command = [\"/usr/local/bin/page\"]";
  }
  return "";
}

/// What sendmail takes for a recipient and cannot take for an option or a further header.
bool is_mail_address(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-@";
  return !text.empty() && text.front() != '-' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos &&
         std::ranges::count(text, '@') <= 1 && text.front() != '@' && text.back() != '@';
}

std::string read_addresses(TableReader& reader, std::string_view key, std::size_t most,
                           Issues& issues) {
  auto text = reader.text(key);
  if (!text) return {};
  const auto parts = split(*text, ',');
  const bool good = parts.size() <= most && std::ranges::all_of(parts, [](std::string_view part) {
                      return is_mail_address(trim(part));
                    });
  if (good) return std::move(*text);
  issues.add(reader.find(key)->at,
             {std::string(key) + " is " + policy::quoted(*text),
              most == 1 ? "one mail address" : "mail addresses with commas between them"});
  return {};
}

std::vector<std::string> read_command(TableReader& reader, Issues& issues) {
  std::vector<std::string> words;
  const Node* node = reader.find("command");
  const auto* items = reader.list("command", "words, the program first");
  if (items == nullptr) return words;
  words.reserve(items->size());
  for (const Node& item : *items) {
    const bool usable = item.kind == Node::Kind::text && item.text.find('\0') == std::string::npos;
    if (usable) {
      words.push_back(item.text);
    } else {
      issues.add(item.at, {"an item of command is " + describe(item), "a string"});
    }
  }
  if (words.empty() || !words.front().starts_with('/')) {
    issues.add(node->at,
               {items->empty() ? "command is empty" : "the program of command is no absolute path",
                "a list such as [\"/usr/local/bin/page\"]; no shell reads it"});
  }
  return words;
}

void check_keys(TableReader& reader, const Node& table, NotifyType type, Issues& issues) {
  const auto keys = keys_of(type);
  const std::string of = "a notify of type " + policy::quoted(to_string(type));
  if (reader.find(keys.front()) == nullptr) {
    issues.add(table.at,
               {of + " has no " + std::string(keys.front()), std::string(example_of(type))});
  }
  for (const policy::Member& member : table.members) {
    const bool known = member.key == "url" || member.key == "command" || member.key == "to" ||
                       member.key == "from";
    if (!known || std::ranges::find(keys, member.key) != keys.end()) continue;
    issues.add(member.at, {policy::quoted(member.key) + " does not belong to " + of,
                           policy::alternatives(keys)});
  }
}

}  // namespace

std::string_view to_string(NotifyType type) {
  return kTypeWords.at(static_cast<std::size_t>(type));
}

std::optional<NotifySettings> read_notify(const Node& table, Issues& issues) {
  NotifySettings notify;
  TableReader reader(table, "in [[notify]]", issues);
  const auto type = reader.choice("type", kTypeWords);
  notify.url = read_web_url(reader, "url", issues).value_or("");
  notify.command = read_command(reader, issues);
  notify.to = read_addresses(reader, "to", 100, issues);
  notify.from = read_addresses(reader, "from", 1, issues);
  reader.reject_unknown_keys();
  if (type) {
    notify.type = static_cast<NotifyType>(*type);
    check_keys(reader, table, notify.type, issues);
    return notify;
  }
  if (reader.find("type") == nullptr) {
    issues.add(table.at, {"this notify has no type", "type = " + policy::alternatives(kTypeWords)});
  }
  return std::nullopt;
}

}  // namespace forkmend::settings
