// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <set>

#include "base/text.hpp"
#include "engine/bundle.hpp"
#include "engine/bundle_file.hpp"
#include "engine/bundle_tree.hpp"
#include "engine/scrub.hpp"
#include "host/captured_size.hpp"

namespace forkmend::engine {

namespace {

std::int64_t utc_offset_minutes() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local.tm_gmtoff / 60;
}

/// "redis-6379-812" and the like: unique, and safe as a folder's name.
std::string folder_name(const ObservedInstance& instance, std::set<std::string>& taken) {
  std::string name(to_string(instance.identity.flavour));
  const auto& endpoint = instance.connection.endpoint;
  const bool is_unix = endpoint.transport == redis::Transport::unix_socket;
  name += is_unix ? "-unix" : "-" + std::to_string(endpoint.port);
  if (instance.locality.pid > 0) name += "-" + std::to_string(instance.locality.pid);
  std::string unique = name;
  for (int number = 2; !taken.insert(unique).second; ++number) {
    unique = name + "-" + std::to_string(number);
  }
  return unique;
}

std::string kernel_text(const SharedList<host::KernelMessage>& log, Scrubber& scrubber) {
  std::string text;
  for (const host::KernelMessage& message : log) {
    constexpr long long kMillion = 1'000'000;
    const auto at = static_cast<long long>(message.at.count());
    std::array<char, 48> time{};
    std::snprintf(time.data(), time.size(), "[%5lld.%06lld] ", at / kMillion, at % kMillion);
    text.append(time.data()).append(scrubber.kernel_line(printable(message.text, 8192)));
    text.append("\n");
  }
  return text;
}

class Capture {
 public:
  Capture(const CaptureRequest& request, const host::Recording& recording, BundleWriter& writer)
      : request_(request), recording_(recording), writer_(writer) {
    for (const redis::Credentials& secret : request.secrets) {
      scrubber_.hide_secret(secret.password);
      scrubber_.hide_secret(secret.username);
    }
  }

  Result<BundleDescription> write(const std::vector<const ObservedInstance*>& instances) {
    head();
    for (const ObservedInstance* instance : instances) {
      if (auto written = write_instance(*instance); !written) return written.error();
    }
    if (auto written = write_tables(); !written) return written.error();
    description_.mapping_admitted = recording_.mapping_admitted();
    auto paths = write_host_tree(writer_, recording_, scrubber_);
    if (!paths) return paths.error();
    description_.paths = std::move(*paths);
    if (auto written = writer_.file("bundle.toml", to_toml(description_)); !written) {
      return written.error();
    }
    return std::move(description_);
  }

 private:
  void head() {
    utsname name{};
    uname(&name);
    const Now now = read_clock();
    description_.captured_at = now.wall;
    description_.boot = now.boot;
    description_.forkmend = request_.version;
    description_.kernel = static_cast<const char*>(name.release);
    description_.host_name = static_cast<const char*>(name.nodename);
    description_.uid = geteuid();
    description_.utc_offset = utc_offset_minutes();
  }

  Result<void> write_instance(const ObservedInstance& instance) {
    BundledInstance described;
    described.name = folder_name(instance, names_);
    described.endpoint = instance.endpoint;
    described.locality = instance.locality;
    described.observed = instance.observation.now;
    described.config_is_whole = instance.answers.config_is_whole;
    described.config_refused = scrubber_.sentence(instance.answers.config_refused);
    const std::string folder = "instances/" + described.name + "/";
    auto written = writer_.file(folder + "info", scrubber_.info(instance.answers.info));
    if (written && described.config_refused.empty()) {
      written = writer_.file(folder + "config", scrubber_.config(instance.answers.config));
    }
    const FactSet& facts = instance.observation.facts;
    described.configured_dir = facts.text("instance.dir.configured").value_or("");
    described.configured_name = facts.text("instance.dir.configured_name").value_or("");
    described.other_save_children =
        instance.observation.facts.integer("instance.other_save_children");
    if (written && instance.samples) written = write_samples(instance, folder);
    if (written && instance.locality.local) written = write_logs(instance, folder, described);
    if (written) description_.instances.push_back(std::move(described));
    return written;
  }

  Result<void> write_samples(const ObservedInstance& instance, const std::string& folder) {
    std::string text;
    for (const redis::Sample& sample : *instance.samples) text.append(to_line(sample)).append("\n");
    return writer_.file(folder + "samples", text);
  }

  Result<void> write_tables() {
    auto written = writer_.file("statvfs.toml", host::to_statvfs_toml(recording_.filesystems()));
    if (!written) return written;
    host::SizeTable sizes;
    for (const auto& [path, seen] : recording_.paths()) {
      const bool elsewhere = seen.content || seen.tail;
      if (!elsewhere && seen.status && seen.status->is_regular()) sizes[path] = seen.status->size;
    }
    return writer_.file("access.toml", host::to_access_toml(recording_.all_attributes(), sizes));
  }

  Result<void> write_logs(const ObservedInstance& instance, const std::string& folder,
                          BundledInstance& described) {
    if (auto written = write_kernel_log(instance); !written) return written;
    const Fact* fact = instance.observation.facts.find("instance.log_file");
    if (fact == nullptr) return ok();
    if (fact->state != FactState::value) {
      described.log_state = fact->state;
      described.log_because = fact->reason;
      return ok();
    }
    described.log_file = std::get<std::string>(fact->value);
    auto written = writer_.file(folder + "log", scrubber_.log(instance.log.text));
    if (!written || instance.log.changed_at <= 0) return written;
    described.log_changed_at = instance.log.changed_at;
    return writer_.set_time(folder + "log", described.log_changed_at);
  }

  /// One for the host, as the first local instance saw it.
  Result<void> write_kernel_log(const ObservedInstance& instance) {
    if (has_kernel_log_) return ok();
    const Fact* fact = instance.observation.facts.find("host.kernel_log");
    if (fact == nullptr) return ok();
    if (fact->state != FactState::value) {
      description_.kernel_log_refused = fact->reason;
      return ok();
    }
    has_kernel_log_ = true;
    return writer_.file("kmsg", kernel_text(instance.observation.kernel, scrubber_));
  }

  const CaptureRequest& request_;
  const host::Recording& recording_;
  BundleWriter& writer_;
  Scrubber scrubber_;
  BundleDescription description_;
  std::set<std::string> names_;
  bool has_kernel_log_ = false;
};

}  // namespace

Result<BundleDescription> write_bundle(const CaptureRequest& request,
                                       const host::Recording& recording,
                                       const std::vector<const ObservedInstance*>& instances) {
  auto writer = BundleWriter::create(request.directory);
  if (!writer) return writer.error();
  auto written = Capture(request, recording, *writer).write(instances);
  if (written) writer->keep();
  return written;
}

}  // namespace forkmend::engine
