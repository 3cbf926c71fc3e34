// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "settings/reader.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "policy/names.hpp"
#include "policy/tables.hpp"
#include "settings/read_instance.hpp"
#include "settings/read_notify.hpp"
#include "settings/read_values.hpp"

namespace forkmend::settings {

namespace {

using policy::DurationRange;
using policy::Issues;
using policy::Node;
using policy::TableReader;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr DurationRange kInterval = {milliseconds(100), hours(1)};
constexpr DurationRange kKeep = {hours(24), hours(24 * 3650)};
constexpr std::array<std::string_view, 3> kSocketModes = {"0600", "0660", "0666"};
constexpr std::array<unsigned, 3> kSocketModeBits = {0600, 0660, 0666};

template <class T, class From>
void replace(T& target, std::optional<From> value) {
  if (value) target = std::move(*value);
}

void read_poll(const Node& table, PollSettings& poll, Issues& issues) {
  TableReader reader(table, "in [poll]", issues);
  replace(poll.interval, reader.duration("interval", kInterval));
  reader.reject_unknown_keys();
}

void read_metrics(const Node& table, MetricsSettings& metrics, Issues& issues) {
  TableReader reader(table, "in [metrics]", issues);
  replace(metrics.listen, read_listen(reader, "listen", issues));
  reader.reject_unknown_keys();
}

void read_control(const Node& table, ControlSettings& control, Issues& issues) {
  TableReader reader(table, "in [control]", issues);
  replace(control.socket, read_socket_path(reader, "socket", issues));
  if (const auto mode = reader.choice("mode", kSocketModes)) {
    control.mode = kSocketModeBits.at(*mode);
  }
  reader.reject_unknown_keys();
}

void read_journal(const Node& table, JournalSettings& journal, Issues& issues) {
  TableReader reader(table, "in [journal]", issues);
  replace(journal.keep, reader.duration("keep", kKeep));
  reader.reject_unknown_keys();
}

}  // namespace

void Reader::add(std::string_view text, std::string_view file) {
  settings_.sources.emplace_back(file);
  const auto document = policy::parse_document(text, file);
  if (const auto* error = std::get_if<policy::PolicyError>(&document)) {
    errors_.push_back(*error);
    return;
  }
  Issues issues(file);
  read(std::get<Node>(document), file, issues);
  auto found = std::move(issues).take();
  std::ranges::move(found, std::back_inserter(errors_));
}

void Reader::add_error(policy::PolicyError error) {
  errors_.push_back(std::move(error));
}

void Reader::read(const Node& root, std::string_view file, Issues& issues) {
  TableReader reader(root, "at the top of the file", issues);
  if (!policy::check_schema(reader, issues)) return;
  replace(settings_.policy, read_path(reader, "policy", issues));
  if (const auto mode = reader.choice("mode", policy::kModeWords)) {
    settings_.mode = static_cast<policy::Mode>(*mode);
  }
  read_sections(reader, file, issues);
  merge(read_instances(policy::tables_of(reader, "instance", issues), issues));
  for (const Node* table : policy::tables_of(reader, "notify", issues)) {
    if (auto notify = read_notify(*table, issues)) settings_.notify.push_back(std::move(*notify));
  }
  reader.reject_unknown_keys();
}

void Reader::read_sections(TableReader& reader, std::string_view file, Issues& issues) {
  if (const Node* table = policy::table_of(reader, "discovery", issues)) {
    read_discovery(*table, file, issues);
  }
  if (const Node* table = policy::table_of(reader, "poll", issues)) {
    read_poll(*table, settings_.poll, issues);
  }
  if (const Node* table = policy::table_of(reader, "metrics", issues)) {
    read_metrics(*table, settings_.metrics, issues);
  }
  if (const Node* table = policy::table_of(reader, "control", issues)) {
    read_control(*table, settings_.control, issues);
  }
  if (const Node* table = policy::table_of(reader, "journal", issues)) {
    read_journal(*table, settings_.journal, issues);
  }
}

void Reader::read_discovery(const Node& table, std::string_view file, Issues& issues) {
  TableReader reader(table, "in [discovery]", issues);
  if (const auto enabled = reader.flag("enabled")) {
    settings_.discovery.enabled = *enabled;
    switched_off_ = {std::string(file), reader.find("enabled")->at, {}};
  }
  reader.reject_unknown_keys();
}

void Reader::merge(std::vector<InstanceSettings> instances) {
  for (auto& instance : instances) {
    const auto earlier =
        std::ranges::find(settings_.instances, instance.endpoint, &InstanceSettings::endpoint);
    if (earlier != settings_.instances.end()) {
      *earlier = std::move(instance);
    } else {
      settings_.instances.push_back(std::move(instance));
    }
  }
}

LoadResult Reader::finish() && {
  if (errors_.empty() && !settings_.discovery.enabled && settings_.instances.empty()) {
    switched_off_.message = to_string(
        policy::Complaint{"discovery is off and no server is named: there is nothing to watch",
                          "enabled = true, or an [[instance]]"});
    errors_.push_back(std::move(switched_off_));
  }
  if (!errors_.empty()) return std::move(errors_);
  return std::move(settings_);
}

bool is_settings(std::string_view text) {
  constexpr std::array<std::string_view, 3> kOfPolicies = {"rails", "rule", "waiver"};
  constexpr std::array<std::string_view, 8> kOurs = {"policy",  "discovery", "poll",   "instance",
                                                     "metrics", "control",   "notify", "journal"};
  const auto document = policy::parse_document(text, "");
  const auto* root = std::get_if<Node>(&document);
  if (root == nullptr) return false;
  const auto has_any = [root](std::span<const std::string_view> keys) {
    return std::ranges::any_of(root->members, [keys](const policy::Member& member) {
      return std::ranges::find(keys, member.key) != keys.end();
    });
  };
  return has_any(kOurs) && !has_any(kOfPolicies);
}

LoadResult parse_settings(std::string_view text, std::string_view file) {
  Reader reader;
  reader.add(text, file);
  return std::move(reader).finish();
}

}  // namespace forkmend::settings
