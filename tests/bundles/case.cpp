// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "case.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "base/units.hpp"
#include "directory_files.hpp"
#include "engine/bundle_description.hpp"
#include "host_files.hpp"
#include "redis/samples.hpp"
#include "support/temp_dir.hpp"
#include "toml_file.hpp"

namespace forkmend::testing {

namespace fs = std::filesystem;

namespace {

using Values = std::map<std::string, std::string>;

/// "name:value" or "name value" lines with some values changed; "" takes a line away.
std::string with_values(std::string_view text, char separator, Values changes) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const std::string name(line.substr(0, line.find(separator)));
    const auto change = changes.find(name);
    if (change == changes.end()) {
      out.append(line).append("\n");
      continue;
    }
    if (!change->second.empty()) {
      out.append(name).append(1, separator).append(change->second).append("\n");
    }
    changes.erase(change);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) out.append(name).append(1, separator).append(value).append("\n");
  }
  return out;
}

/// The other way round.
Values values_of(std::string_view text) {
  Values values;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos) {
      values[std::string(line.substr(0, blank))] = line.substr(blank + 1);
    }
  }
  return values;
}

/// A time in INFO: the name of the field is "rdb_last_save_time", the value a time of day.
Values with_unix_times(Values info) {
  for (auto& [name, value] : info) {
    if (!name.ends_with("_time") || value.find('T') == std::string::npos) continue;
    const auto time = parse_time(value);
    if (!time) throw std::runtime_error(time.error().message);
    value =
        std::to_string(std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count());
  }
  return info;
}

engine::BundledInstance describe(TomlFile& file, WallTime at, std::chrono::seconds boot) {
  engine::BundledInstance instance;
  instance.name = "redis";
  instance.endpoint = file.text("endpoint", "redis://127.0.0.1:6379");
  instance.locality.local = file.flag("local", true);
  instance.locality.because = file.text("because", "its socket is held by process 812");
  instance.locality.pid = instance.locality.local ? 812 : 0;
  instance.locality.start_time = instance.locality.local ? 1'000'000 : 0;
  instance.observed = Now{at, boot};
  instance.config_is_whole = true;
  instance.other_save_children = file.integer("other_save_children", 0);
  instance.config_refused = file.text("config_refused");
  return instance;
}

/// What CONFIG GET says, of a server that stands in its directory.
std::string put_config(HostFiles& host, const std::string& text, Values changes) {
  Values config = values_of(text);
  config.erase("dir");
  for (const auto& [key, value] : changes) config[key] = value;
  put_directory(host, config);
  changes["dir"] = config["dir"];
  return with_values(text, ' ', changes);
}

void put_log(const std::string& log, const engine::BundledInstance& instance, Values& files) {
  if (log.empty()) return;
  files["/instances/" + instance.name + "/log"] = log.ends_with('\n') ? log : log + "\n";
}

/// [growth]: samples each ten minutes until the capture, from some bytes a field to some others.
void put_samples(TomlFile& file, WallTime at, const engine::BundledInstance& instance,
                 Values& files) {
  const Values growth = file.table("growth");
  if (growth.empty()) return;
  const auto number = [&growth](const std::string& name) {
    const auto found = growth.find(name);
    if (found == growth.end()) throw std::runtime_error("[growth]: no " + name);
    return std::stoll(found->second);
  };
  constexpr std::chrono::minutes kApart{10};
  const auto count = number("hours") * 6;
  std::string text;
  for (long long i = 0; i < count; ++i) {
    redis::Sample sample{.at = at - kApart * (count - i), .values = {}};
    for (const std::string_view field : redis::sampled_fields()) {
      const std::string name(field);
      if (!growth.contains("from_" + name)) continue;
      const auto from = number("from_" + name);
      sample.values[name] = from + (number("to_" + name) - from) * i / count;
    }
    text += to_line(sample) + "\n";
  }
  files["/instances/" + instance.name + "/samples"] = text;
}

std::string server_of(TomlFile& file) {
  return file.text("server", "redis-7.0.15");
}

}  // namespace

Expectation read_expectation(const fs::path& path) {
  TomlFile file(path);
  Expectation expected{.cause = file.text("cause"),
                       .confidence = file.text("confidence"),
                       .kind = file.text("kind"),
                       .stage = file.text("stage"),
                       .error = file.text("errno"),
                       .ruled_out = file.texts("ruled_out"),
                       .refused = file.texts("refused"),
                       .advice = file.texts("advice"),
                       .forecast = file.text("forecast"),
                       .strains = file.texts("strains"),
                       .pending = file.flag("pending", false),
                       .wrong_today = file.text("wrong_today")};
  file.reject_unknown_keys();
  if (expected.cause.empty()) throw std::runtime_error(path.string() + ": no cause");
  return expected;
}

void expand_case(const fs::path& cases, const std::string& name, const fs::path& bundle) {
  TomlFile file(cases / name / "case.toml");
  static_cast<void>(file.text("about"));
  static_cast<void>(file.text("source"));
  const auto at = parse_time(file.text("at", "2026-11-25T03:10:00Z"));
  if (!at) throw std::runtime_error(at.error().message);
  const std::chrono::seconds boot(file.integer("boot", 100'000));

  HostFiles host = read_host(cases / "_hosts" / (file.text("host", "debian-12") + ".toml"));
  change_host(host, file);
  TomlFile server(cases / "_servers" / (server_of(file) + ".toml"));

  const std::string config = put_config(host, server.text("config"), file.table("config"));
  engine::BundleDescription description;
  description.captured_at = *at;
  description.boot = boot;
  description.forkmend = "0.1.0";
  description.kernel = host.release;
  description.host_name = "host-1";
  description.paths = host.paths;
  description.kernel_log_refused = file.text("kernel_log_refused");
  engine::BundledInstance instance = describe(file, *at, boot);
  const std::string log = file.text("log");
  const bool has_log = !log.empty() && instance.locality.local;
  if (has_log) instance.log_file = "/var/log/redis/redis.log";
  instance.log_changed_at = file.integer(
      "log_changed_at", std::chrono::floor<std::chrono::seconds>(at->time_since_epoch()).count());

  Values files;
  for (const auto& [path, content] : host.files) files["/host" + path] = content;
  const std::string folder = "/instances/" + instance.name;
  files[folder + "/info"] =
      with_values(server.text("info"), ':', with_unix_times(file.table("info")));
  if (instance.config_refused.empty()) files[folder + "/config"] = config;
  if (has_log) put_log(log, instance, files);
  put_samples(file, *at, instance, files);
  if (description.kernel_log_refused.empty()) files["/kmsg"] = file.text("kmsg");
  description.instances.push_back(instance);
  files["/bundle.toml"] = engine::to_toml(description);
  files["/statvfs.toml"] = host.statvfs;
  files["/access.toml"] = host.access_toml;
  server.reject_unknown_keys();
  file.reject_unknown_keys();
  write_tree(bundle, files);
  for (const std::string& directory : host.directories) {
    fs::create_directories(bundle / "host" / fs::path(directory).relative_path());
  }
}

std::string case_server(const fs::path& cases, const std::string& name) {
  TomlFile file(cases / name / "case.toml");
  return server_of(file);
}

std::vector<std::string> case_names(const fs::path& cases) {
  std::vector<std::string> names;
  if (cases.empty()) return names;
  for (const auto& entry : fs::directory_iterator(cases)) {
    if (fs::exists(entry.path() / "case.toml")) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace forkmend::testing
