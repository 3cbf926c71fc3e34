// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// bundle.toml as it is written.
#include <array>
#include <cstdio>
#include <ctime>

#include "base/text.hpp"
#include "engine/bundle_description.hpp"
#include "policy/parameter_value.hpp"

namespace forkmend::engine {

namespace {

using policy::toml_string;

/// TOML is UTF-8; a path of other bytes cannot be named, and stays unknown.
bool can_be_written(const std::string& text) {
  return printable(text, text.size() * 4 + 4) == text;
}

std::string exact_time(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s.%09lldZ", date.data(), static_cast<long long>(rest));
  return text.data();
}

/// Microseconds, as the kernel log has them: a number of TOML holds those of a thousand years.
std::string exact_seconds(std::chrono::nanoseconds time) {
  constexpr long long kMillion = 1'000'000;
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%lld.%06lld", static_cast<long long>(whole) / kMillion,
                static_cast<long long>(whole) % kMillion);
  return text.data();
}

class Writer {
 public:
  void text(std::string_view key, std::string_view value) { line(key, toml_string(value)); }
  void optional_text(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, printable(value, 2000));
  }
  void number(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }
  void line(std::string_view key, std::string_view value) {
    out_.append(key).append(" = ").append(value).append("\n");
  }
  void heading(std::string_view title) { out_.append("\n").append(title).append("\n"); }

  void paths(std::string_view key, const std::set<std::string, std::less<>>& all) {
    if (all.empty()) return;
    out_.append(key).append(" = [\n");
    for (const std::string& path : all) {
      if (can_be_written(path)) out_.append("    ").append(toml_string(path)).append(",\n");
    }
    out_.append("]\n");
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_errors(Writer& writer, std::string_view title,
                  const std::map<std::string, int, std::less<>>& errors) {
  if (errors.empty()) return;
  writer.heading(title);
  for (const auto& [path, number] : errors) {
    if (can_be_written(path)) {
      writer.line(toml_string(path), std::to_string(number) + "  # " + errno_name(number));
    }
  }
}

void write_host(Writer& writer, const host::CapturedPaths& paths) {
  writer.heading("[host]");
  writer.paths("absent", paths.absent);
  writer.paths("unread", paths.unread);
  write_errors(writer, "[host.unreadable]", paths.unreadable);
  write_errors(writer, "[host.unreadable_links]", paths.unreadable_links);
  if (paths.links.empty()) return;
  writer.heading("[host.links]");
  for (const auto& [path, target] : paths.links) {
    if (can_be_written(path) && can_be_written(target)) writer.text(toml_string(path), target);
  }
}

void write_instance(Writer& writer, const BundledInstance& instance) {
  writer.heading("[[instance]]");
  writer.text("name", instance.name);
  writer.text("endpoint", printable(instance.endpoint, 2000));
  writer.line("local", instance.locality.local ? "true" : "false");
  writer.optional_text("because", instance.locality.because);
  if (instance.locality.pid > 0) writer.number("pid", instance.locality.pid);
  if (instance.locality.start_time > 0) {
    writer.number("start_time", static_cast<std::int64_t>(instance.locality.start_time));
  }
  writer.text("observed_at", exact_time(instance.observed.wall));
  writer.line("boot", exact_seconds(instance.observed.boot));
  const bool refused = !instance.config_refused.empty();
  writer.text("config", refused ? "refused" : instance.config_is_whole ? "whole" : "part");
  writer.optional_text("config_refused", instance.config_refused);
  writer.optional_text("log_file", instance.log_file);
  if (instance.log_changed_at > 0) writer.number("log_changed_at", instance.log_changed_at);
  if (instance.log_state) {
    const bool none = *instance.log_state == FactState::not_applicable;
    writer.text("log", none ? "not-applicable" : "unreadable");
  }
  writer.optional_text("log_because", instance.log_because);
  writer.optional_text("configured_dir", instance.configured_dir);
  writer.optional_text("configured_name", instance.configured_name);
  if (instance.other_save_children) {
    writer.number("other_save_children", *instance.other_save_children);
  }
}

}  // namespace

std::string to_toml(const BundleDescription& description) {
  Writer writer;
  writer.number("schema", kBundleSchema);
  writer.text("captured_at", exact_time(description.captured_at));
  writer.line("boot", exact_seconds(description.boot));
  writer.text("forkmend", description.forkmend);
  writer.text("kernel", printable(description.kernel));
  writer.optional_text("host_name", description.host_name);
  writer.number("uid", description.uid);
  writer.number("utc_offset", description.utc_offset);
  writer.optional_text("kernel_log_refused", description.kernel_log_refused);
  if (description.mapping_admitted) {
    writer.line("mapping_admitted", *description.mapping_admitted ? "true" : "false");
  }
  write_host(writer, description.paths);
  for (const BundledInstance& instance : description.instances) write_instance(writer, instance);
  return writer.take();
}

}  // namespace forkmend::engine
