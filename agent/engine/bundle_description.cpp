// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_description.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "policy/table_reader.hpp"

namespace forkmend::engine {

namespace {

using policy::Issues;
using policy::Node;
using policy::SourcePosition;
using policy::TableReader;

constexpr std::int64_t kMaxPid = std::int64_t{1} << 22;  // PID_MAX_LIMIT
constexpr std::int64_t kLatest = 7258118400;             // 2200-01-01
constexpr double kLongestUptime = 1e9;  // seconds; microseconds of it are exact in a double
constexpr int kMaxErrno = 4095;
constexpr std::size_t kMaxInstances = 1000;
constexpr auto kConfigWords = std::to_array<std::string_view>({"whole", "part", "refused"});
constexpr auto kLogWords = std::to_array<std::string_view>({"not-applicable", "unreadable"});

class Reader {
 public:
  Reader(const Node& table, std::string_view place, Issues& issues)
      : at_(table.at), place_(place), table_(table, place, issues), issues_(issues) {}

  TableReader& table() { return table_; }

  std::string need_text(std::string_view key) {
    const Node* node = table_.find(key);
    if (node != nullptr) return table_.text(key).value_or("");
    missing(key, "a string");
    return {};
  }

  WallTime need_time(std::string_view key) {
    const Node* node = table_.find(key);
    if (node == nullptr) {
      missing(key, kTime);
      return {};
    }
    const auto time =
        node->kind == Node::Kind::text ? parse_time(node->text) : Error{Errc::parse, ""};
    if (!time || *time < WallTime{} || *time > WallTime{std::chrono::seconds(kLatest)}) {
      issues_.add(node->at, {std::string(key) + " is " + describe(*node), std::string(kTime)});
      return {};
    }
    return *time;
  }

  std::chrono::nanoseconds need_seconds(std::string_view key) {
    const Node* node = table_.find(key);
    if (node == nullptr) {
      missing(key, kSeconds);
      return {};
    }
    const bool whole = node->kind == Node::Kind::integer;
    const double value = whole ? static_cast<double>(node->integer) : node->real;
    const bool number = whole || node->kind == Node::Kind::real;
    if (!number || !(value >= 0) || value > kLongestUptime) {
      issues_.add(node->at, {std::string(key) + " is " + describe(*node), std::string(kSeconds)});
      return {};
    }
    return std::chrono::microseconds(std::llround(value * 1e6));
  }

  std::int64_t number(std::string_view key, policy::IntegerRange range) {
    return table_.integer(key, range).value_or(0);
  }

  void missing(std::string_view key, std::string_view expected) {
    issues_.add(at_, {std::string(key) + " is missing " + std::string(place_),
                      std::string(key) + " = " + std::string(expected)});
  }

 private:
  static constexpr std::string_view kTime = "a time such as \"2026-11-25T03:04:05.678Z\"";
  static constexpr std::string_view kSeconds = "seconds since boot such as 352.094612";

  SourcePosition at_;
  std::string_view place_;
  TableReader table_;
  Issues& issues_;
};

std::set<std::string, std::less<>> read_paths(TableReader& reader, std::string_view key,
                                              Issues& issues) {
  std::set<std::string, std::less<>> paths;
  const auto* items = reader.list(key, "paths");
  if (items == nullptr) return paths;
  for (const Node& item : *items) {
    if (item.kind == Node::Kind::text && item.text.starts_with('/')) {
      paths.insert(item.text);
    } else {
      issues.add(item.at, {"an item of " + std::string(key) + " is " + describe(item),
                           "an absolute path in quotes"});
    }
  }
  return paths;
}

/// Checks that a key holds a table of absolute paths, and hands over each.
template <class Take>
void read_path_table(TableReader& reader, std::string_view key, std::string_view expected,
                     Issues& issues, Take take) {
  const Node* node = reader.find(key);
  if (node == nullptr) return;
  if (node->kind != Node::Kind::table) {
    issues.add(node->at, {std::string(key) + " is " + describe(*node), "a table of paths"});
    return;
  }
  for (const auto& member : node->members) {
    if (!member.key.starts_with('/')) {
      issues.add(member.at, {"\"" + printable(member.key, 80) + "\" is no path of a host",
                             "an absolute path in quotes"});
    } else if (!take(member.key, member.value)) {
      issues.add(member.value.at, {"it is " + describe(member.value), std::string(expected)});
    }
  }
}

std::map<std::string, int, std::less<>> read_errors(TableReader& reader, std::string_view key,
                                                    Issues& issues) {
  std::map<std::string, int, std::less<>> errors;
  const auto take = [&](const std::string& path, const Node& value) {
    const bool fits =
        value.kind == Node::Kind::integer && value.integer > 0 && value.integer <= kMaxErrno;
    if (fits) errors[path] = static_cast<int>(value.integer);
    return fits;
  };
  read_path_table(reader, key, "an errno such as 13 (EACCES)", issues, take);
  return errors;
}

host::CapturedPaths read_host(TableReader& top, Issues& issues) {
  host::CapturedPaths paths;
  const Node* node = top.find("host");
  if (node == nullptr) return paths;
  if (node->kind != Node::Kind::table) {
    issues.add(node->at, {"host is " + describe(*node), "a table under a line [host]"});
    return paths;
  }
  TableReader reader(*node, "in [host]", issues);
  paths.absent = read_paths(reader, "absent", issues);
  paths.unread = read_paths(reader, "unread", issues);
  paths.unreadable = read_errors(reader, "unreadable", issues);
  paths.unreadable_links = read_errors(reader, "unreadable_links", issues);
  read_path_table(reader, "links", "the target of a link in quotes", issues,
                  [&](const std::string& path, const Node& value) {
                    if (value.kind == Node::Kind::text) paths.links[path] = value.text;
                    return value.kind == Node::Kind::text;
                  });
  reader.reject_unknown_keys();
  return paths;
}

void read_config_state(Reader& reader, BundledInstance& instance) {
  const auto word = reader.table().choice("config", kConfigWords);
  instance.config_is_whole = word == 0U;
  instance.config_refused = reader.table().text("config_refused").value_or("");
  if (word == 2U && instance.config_refused.empty()) {
    instance.config_refused = "CONFIG GET was refused";
  }
}

void read_log_state(Reader& reader, BundledInstance& instance) {
  instance.log_file = reader.table().text("log_file").value_or("");
  instance.log_changed_at = reader.number("log_changed_at", {0, kLatest});
  if (const auto word = reader.table().choice("log", kLogWords)) {
    instance.log_state = *word == 0 ? FactState::not_applicable : FactState::unreadable;
  }
  instance.log_because = reader.table().text("log_because").value_or("");
  instance.configured_dir = reader.table().text("configured_dir").value_or("");
  instance.configured_name = reader.table().text("configured_name").value_or("");
  instance.other_save_children = reader.table().integer("other_save_children", {0, kMaxPid});
}

BundledInstance read_instance(const Node& node, Issues& issues) {
  Reader reader(node, "in [[instance]]", issues);
  BundledInstance instance;
  instance.name = reader.need_text("name");
  if (!instance.name.empty() && !is_instance_name(instance.name)) {
    issues.add(node.at, {"the name \"" + printable(instance.name, 80) + "\" is no folder's name",
                         "letters, digits, \"-\", \"_\" and \".\", not beginning with \".\""});
  }
  instance.endpoint = reader.need_text("endpoint");
  instance.locality.local = reader.table().flag("local").value_or(false);
  instance.locality.because = reader.table().text("because").value_or("");
  instance.locality.pid = reader.number("pid", {0, kMaxPid});
  instance.locality.start_time =
      static_cast<std::uint64_t>(reader.number("start_time", {0, INT64_MAX}));
  instance.observed.wall = reader.need_time("observed_at");
  instance.observed.boot = reader.need_seconds("boot");
  read_config_state(reader, instance);
  read_log_state(reader, instance);
  reader.table().reject_unknown_keys();
  return instance;
}

void read_instances(TableReader& top, BundleDescription& description, Issues& issues) {
  const auto* items = top.list("instance", "tables, each under a line [[instance]]");
  if (items == nullptr) return;
  std::set<std::string> names;
  for (const Node& item : *items) {
    if (item.kind != Node::Kind::table || description.instances.size() >= kMaxInstances) {
      issues.add(item.at, {"an item of instance is " + describe(item),
                           "at most 1000 tables, each under a line [[instance]]"});
      return;
    }
    description.instances.push_back(read_instance(item, issues));
    const std::string& name = description.instances.back().name;
    if (!names.insert(name).second) {
      issues.add(item.at, {"two instances have the name \"" + printable(name, 80) + "\"",
                           "a name of its own for each"});
    }
  }
}

BundleDescription read_description(const Node& root, Issues& issues) {
  BundleDescription description;
  Reader reader(root, "at the top of the file", issues);
  const Node* schema = reader.table().find("schema");
  if (schema == nullptr) {
    reader.missing("schema", "1");
  } else if (schema->kind != Node::Kind::integer || schema->integer != kBundleSchema) {
    issues.add(schema->at, {"schema is " + describe(*schema),
                            "schema = 1, the only one this version reads (nothing else was "
                            "checked)"});
    return description;
  }
  description.captured_at = reader.need_time("captured_at");
  description.boot = reader.need_seconds("boot");
  description.forkmend = reader.need_text("forkmend");
  description.kernel = reader.need_text("kernel");
  description.host_name = reader.table().text("host_name").value_or("");
  description.uid = reader.number("uid", {0, UINT32_MAX});
  description.utc_offset = reader.number("utc_offset", {-14L * 60, 14L * 60});
  description.kernel_log_refused = reader.table().text("kernel_log_refused").value_or("");
  description.mapping_admitted = reader.table().flag("mapping_admitted");
  description.paths = read_host(reader.table(), issues);
  read_instances(reader.table(), description, issues);
  reader.table().reject_unknown_keys();
  return description;
}

}  // namespace

bool is_instance_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         std::ranges::all_of(name, plain);
}

Result<BundleDescription> parse_bundle_description(std::string_view text, std::string_view file) {
  auto parsed = policy::parse_document(text, file);
  if (auto* error = std::get_if<policy::PolicyError>(&parsed)) {
    return Error{Errc::parse, to_string(*error)};
  }
  Issues issues(file);
  BundleDescription description = read_description(std::get<Node>(parsed), issues);
  if (issues.empty()) return description;
  std::string all;
  for (const auto& error : std::move(issues).take()) {
    all.append(all.empty() ? "" : "\n").append(to_string(error));
  }
  return Error{Errc::parse, std::move(all)};
}

}  // namespace forkmend::engine
