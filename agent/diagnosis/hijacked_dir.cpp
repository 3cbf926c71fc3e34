// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "diagnosis/hijacked_dir.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"

namespace forkmend::diagnosis {

namespace {

/// Nobody keeps data in these, whatever the configuration file says.
constexpr auto kCertainPlaces =
    std::to_array<std::string_view>({"/var/spool/cron", "/etc/cron.d", "/etc/cron.daily",
                                     "/etc/cron.hourly", "/etc/init.d", "/etc/systemd"});
constexpr auto kPlaces =
    std::to_array<std::string_view>({"/etc", "/root", "/boot", "/usr", "/lib", "/bin", "/sbin",
                                     "/var/www", "/srv/www", "/srv/http", "/proc", "/sys", "/dev"});
constexpr auto kParts =
    std::to_array<std::string_view>({"htdocs", "public_html", "webapps", "wwwroot", "cgi-bin"});
constexpr auto kCertainNames = std::to_array<std::string_view>(
    {"authorized_keys", "authorized_keys2", "crontab", "shadow", "passwd", "sudoers"});
constexpr auto kNames = std::to_array<std::string_view>(
    {"root", "backup.db", "id_rsa", ".bashrc", ".profile", ".bash_profile", "ld.so.preload"});
constexpr auto kEndings = std::to_array<std::string_view>(
    {".so", ".php", ".jsp", ".asp", ".aspx", ".sh", ".py", ".service", ".html"});

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

bool is_below_any(std::string_view path, std::span<const std::string_view> directories) {
  return std::ranges::any_of(directories,
                             [&](std::string_view place) { return is_below(path, place); });
}

bool is_certain_place(std::string_view dir) {
  const auto parts = split(dir, '/');
  return is_below_any(dir, kCertainPlaces) ||
         std::ranges::find(parts, std::string_view(".ssh")) != parts.end();
}

bool is_certain_name(std::string_view name) {
  return std::ranges::find(kCertainNames, name) != kCertainNames.end();
}

/// One setting as it runs and as the configuration file has it.
struct Setting {
  std::optional<std::string> running;
  std::optional<std::string> configured;

  [[nodiscard]] bool differs() const { return running && configured && *running != *configured; }
  [[nodiscard]] bool agrees() const { return running && configured && *running == *configured; }
};

/// A trailing "/" and a "/." are no difference.
std::optional<std::string> tidy(std::optional<std::string> path) {
  while (path && path->size() > 1 && (path->ends_with('/') || path->ends_with("/."))) {
    path->pop_back();
  }
  return path;
}

Setting dir_of(const FactSet& facts) {
  return {tidy(facts.text("instance.dir.path")), tidy(facts.text("instance.dir.configured"))};
}

Setting name_of(const FactSet& facts) {
  return {facts.text("redis.config.dbfilename"), facts.text("instance.dir.configured_name")};
}

Evidence difference(const Setting& setting, std::string_view what, std::string_view source) {
  std::string says = std::string(what) + " is " + printable(*setting.running);
  if (setting.differs())
    says += ", and the configuration file says " + printable(*setting.configured);
  return Evidence{std::string(source), says + ".", source != "CONFIG GET dbfilename"};
}

}  // namespace

bool is_attacked_place(std::string_view dir) {
  // Packages do keep configurations, not data, in these.
  for (const auto* own : {"/etc/redis", "/etc/valkey"}) {
    if (is_below(dir, own)) return false;
  }
  const auto parts = split(dir, '/');
  return is_certain_place(dir) || is_below_any(dir, kPlaces) ||
         std::ranges::any_of(parts, [](std::string_view part) {
           return std::ranges::find(kParts, part) != kParts.end();
         });
}

bool is_attacked_name(std::string_view name) {
  return is_certain_name(name) || std::ranges::find(kNames, name) != kNames.end() ||
         std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

std::optional<Cause> find_hijacked_dir(const FactSet& facts) {
  const Setting dir = dir_of(facts);
  const Setting name = name_of(facts);
  const bool bad_dir = dir.running && is_attacked_place(*dir.running) &&
                       (!dir.agrees() || is_certain_place(*dir.running));
  const bool bad_name = name.running && is_attacked_name(*name.running) &&
                        (!name.agrees() || is_certain_name(*name.running));
  if (!bad_dir && !bad_name) return std::nullopt;
  Cause cause;
  cause.id = "hijacked-dir";
  // The working directory is the kernel's word; the name is only the server's.
  cause.confidence = bad_dir && dir.differs() ? Confidence::proven : Confidence::likely;
  if (bad_dir || dir.differs()) {
    cause.evidence.push_back(difference(dir, "The directory of saves", "/proc/PID/cwd"));
  }
  if (bad_name || name.differs()) {
    cause.evidence.push_back(difference(name, "The name of the save", "CONFIG GET dbfilename"));
  }
  return cause;
}

std::optional<std::string> harmless_difference(const FactSet& facts) {
  const Setting dir = dir_of(facts);
  const Setting name = name_of(facts);
  if (!dir.differs() && !name.differs()) return std::nullopt;
  const Setting& one = dir.differs() ? dir : name;
  return printable(*one.running) + " is not what the configuration file says (" +
         printable(*one.configured) +
         "), but no place that attackers use. If none of your people "
         "changed it, take it for an attack.";
}

}  // namespace forkmend::diagnosis
