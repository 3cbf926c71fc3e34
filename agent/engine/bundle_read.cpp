// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "engine/bundle.hpp"
#include "engine/bundle_file.hpp"
#include "engine/observe_log.hpp"
#include "host/kmsg.hpp"
#include "redis/server_log.hpp"

namespace forkmend::engine {

namespace {

/// A part of the bundle that may be missing: nullopt then.
Result<std::optional<std::string>> read_part(const std::filesystem::path& directory,
                                             const std::string& name) {
  auto text = read_bundle_file(directory, name);
  if (text) return std::optional(std::move(*text));
  if (text.error().code == Errc::not_found) return std::optional<std::string>();
  return text.error();
}

Result<ServerAnswers> read_answers(const std::filesystem::path& directory,
                                   const BundledInstance& described) {
  const std::string folder = "instances/" + described.name;
  auto info = read_bundle_file(directory, folder + "/info");
  if (!info) return info.error().during("reading what INFO said");
  auto config = read_part(directory, folder + "/config");
  if (!config) return config.error();
  ServerAnswers answers;
  answers.info = std::move(*info);
  answers.config_refused = described.config_refused;
  answers.config_is_whole = described.config_is_whole && config->has_value();
  if (*config) answers.config = redis::parse_config_lines(**config);
  return answers;
}

Result<void> read_log(const Bundle& bundle, const std::filesystem::path& directory,
                      const BundledInstance& described, ObservedInstance& instance) {
  const std::string name = "instances/" + described.name + "/log";
  auto text = read_part(directory, name);
  if (!text) return text.error();
  const bool has_log = text->has_value() && !described.log_file.empty();
  if (!has_log) {
    const std::string because =
        described.log_because.empty() ? "the bundle has no " + name : described.log_because;
    miss_server_log(instance, described.log_state.value_or(FactState::unknown), because);
    return ok();
  }
  const auto zone = redis::fixed_offset(std::chrono::minutes(bundle.description.utc_offset));
  const auto clock = redis::clock_of_log(**text, described.log_changed_at, zone);
  redis::ServerLog read;
  read.events = redis::parse_log_events(**text, described.log_file, clock);
  read.log = {.text = std::move(**text), .changed_at = described.log_changed_at};
  take_server_log(instance, described.log_file, std::move(read));
  return ok();
}

/// A bundle without the file knows nothing of what was before.
Result<void> read_samples(const std::filesystem::path& directory, const BundledInstance& described,
                          ObservedInstance& instance) {
  const std::string name = "instances/" + described.name + "/samples";
  const auto text = read_part(directory, name);
  if (!text) return text.error();
  if (*text) {
    auto samples = redis::parse_samples(**text);
    if (!samples) return samples.error().during("reading " + name);
    instance.samples = *std::move(samples);
  }
  set_growth(instance, described.observed.wall);
  return ok();
}

Result<host::CapturedTables> read_tables(const std::filesystem::path& directory) {
  auto statvfs = read_part(directory, "statvfs.toml");
  if (!statvfs) return statvfs.error();
  auto access = read_part(directory, "access.toml");
  if (!access) return access.error();
  return host::CapturedTables{std::move(*statvfs), std::move(*access)};
}

/// What the capture read of the server's configuration file.
void take_configured(const BundledInstance& described, FactSet& facts) {
  const std::string source = printable(facts.text("redis.config_file").value_or(""));
  if (!described.configured_dir.empty()) {
    facts.set("instance.dir.configured", described.configured_dir, "text", source);
  }
  if (!described.configured_name.empty()) {
    facts.set("instance.dir.configured_name", described.configured_name, "text", source);
  }
}

/// The host's part of one local server.
Result<void> read_host(const Bundle& bundle, const std::filesystem::path& directory,
                       const BundledInstance& described, ObservedInstance& instance) {
  read_host_facts(bundle.root, instance);
  take_configured(described, instance.observation.facts);
  const Error lacking{Errc::not_found, "the bundle does not have their count"};
  take_other_children(instance,
                      described.other_save_children
                          ? Result<std::int64_t>(*described.other_save_children)
                          : lacking,
                      FactState::unknown);
  if (auto read = read_log(bundle, directory, described, instance); !read) return read;
  auto kernel_log = read_part(directory, "kmsg");
  if (!kernel_log) return kernel_log.error();
  if (*kernel_log) {
    take_kernel_log(instance, SharedList(host::parse_kernel_log(**kernel_log)));
  } else if (!bundle.description.kernel_log_refused.empty()) {
    take_kernel_log(instance,
                    Error{Errc::permission_denied, bundle.description.kernel_log_refused});
  } else {
    take_kernel_log(instance, Error{Errc::not_found, "the bundle has no kmsg"}, FactState::unknown);
  }
  return ok();
}

Result<ObservedInstance> read_instance(const Bundle& bundle, const std::filesystem::path& directory,
                                       const BundledInstance& described) {
  ObservedInstance instance;
  auto url = redis::parse_url(described.endpoint);
  if (!url) return url.error().during("reading bundle.toml, instance " + described.name);
  instance.connection.endpoint = std::move(url->endpoint);
  instance.endpoint = described.endpoint;
  auto answers = read_answers(directory, described);
  if (!answers) return answers.error();
  if (auto taken = take_answers(instance, std::move(*answers)); !taken) {
    return taken.error().during("reading instances/" + described.name + "/info");
  }
  instance.locality = described.locality;
  set_locality(instance);
  if (instance.locality.local) {
    if (auto read = read_host(bundle, directory, described, instance); !read) return read.error();
  }
  instance.observation.now = described.observed;
  if (auto read = read_samples(directory, described, instance); !read) return read.error();
  conclude(instance);
  return instance;
}

}  // namespace

Result<Bundle> read_bundle(const std::filesystem::path& directory) {
  const std::string file = printable((directory / "bundle.toml").string(), 1000);
  auto text = read_bundle_file(directory, "bundle.toml");
  if (!text) return text.error().during("reading a bundle");
  auto description = parse_bundle_description(*text, file);
  if (!description) return description.error();
  if (auto checked = check_bundle_directory(directory, "host"); !checked) {
    return checked.error().during("reading a bundle");
  }
  auto tables = read_tables(directory);
  if (!tables) return tables.error();
  tables->mapping_admitted = description->mapping_admitted;
  Bundle bundle{std::move(*description), host::Root(), {}};
  bundle.root = host::Root(directory / "host", bundle.description.paths, std::move(*tables));
  for (const BundledInstance& described : bundle.description.instances) {
    auto instance = read_instance(bundle, directory, described);
    if (!instance) return instance.error();
    ServerLook target;
    target.endpoint = instance->endpoint;
    target.pid = instance->locality.pid;
    target.instance = std::move(*instance);
    bundle.targets.push_back(std::move(target));
  }
  return bundle;
}

}  // namespace forkmend::engine
