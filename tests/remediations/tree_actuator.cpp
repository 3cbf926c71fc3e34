// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "remediations/tree_actuator.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "host/sysctl.hpp"
#include "host/thp.hpp"
#include "redis/conf_edit.hpp"

namespace forkmend::testing {

namespace {

namespace fs = std::filesystem;
using remediations::StepType;
using remediations::Target;
using Value = std::optional<std::string>;

constexpr std::string_view kProcesses = "Max processes";
constexpr std::string_view kThpWords = "always madvise never";
constexpr std::string_view kRatio = "/proc/sys/vm/overcommit_ratio";
constexpr std::string_view kKbytes = "/proc/sys/vm/overcommit_kbytes";

class Tree {
 public:
  explicit Tree(const HostTree& tree) : tree_(tree) {}

  [[nodiscard]] Value content(std::string_view path) const {
    std::ifstream in(at(path), std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }

  [[nodiscard]] Value trimmed(std::string_view path) const {
    const Value text = content(path);
    return text ? Value(trim(*text)) : std::nullopt;
  }

  /// At once, as a server or the kernel takes a value.
  void write(std::string_view path, const std::string& text) const {
    fs::create_directories(at(path).parent_path());
    const fs::path made =
        fs::temp_directory_path() / ("forkmend-value." + std::to_string(getpid()));
    std::ofstream(made, std::ios::binary) << text;
    fs::rename(made, at(path));
  }

  /// With what was made for it: the drop-in directory of a unit.
  void remove(std::string_view path) const {
    fs::remove(at(path));
    remove_if_empty(at(path).parent_path());
  }

  void move(std::string_view from, std::string_view to) const {
    fs::create_directories(at(to).parent_path());
    fs::rename(at(from), at(to));
    remove_if_empty(at(from).parent_path());
  }

 private:
  static void remove_if_empty(const fs::path& directory) {
    const std::string name = directory.filename();
    const bool made = name.ends_with(".d") || name == ".forkmend-quarantine";
    const bool drop_ins = name == "sysctl.d" || name == "tmpfiles.d";
    if (made && !drop_ins && fs::is_empty(directory)) fs::remove(directory);
  }

  [[nodiscard]] fs::path at(std::string_view path) const { return tree_.root().at(path); }
  const HostTree& tree_;
};

std::string limits_path(const Target& target) {
  return "/proc/" + std::to_string(target.pid) + "/limits";
}

/// "soft:hard" of the line "Max processes".
Value read_limit(const Tree& tree, const Target& target) {
  const std::string limits = tree.content(limits_path(target)).value_or("");
  for (const std::string_view line : lines_of(limits)) {
    if (!line.starts_with(kProcesses)) continue;
    const auto fields = split_blanks(line.substr(kProcesses.size()));
    if (fields.size() >= 2) return std::string(fields[0]) + ":" + std::string(fields[1]);
  }
  return std::nullopt;
}

/// The line in the columns of fs/proc/base.c:proc_pid_limits().
void write_limit(const Tree& tree, const Target& target, const std::string& value) {
  const auto parts = split(value, ':');
  std::array<char, 128> line{};
  std::snprintf(line.data(), line.size(), "%-25s %-20s %-20s %-10s",
                std::string(kProcesses).c_str(), std::string(parts.at(0)).c_str(),
                std::string(parts.at(1)).c_str(), "processes");
  const std::string old_text = tree.content(limits_path(target)).value_or("");
  std::string text;
  for (const std::string_view old_line : lines_of(old_text)) {
    text += old_line.starts_with(kProcesses) ? std::string(line.data()) : std::string(old_line);
    text += "\n";
  }
  tree.write(limits_path(target), text);
}

/// As the kernel does: setting one of the pair makes the other 0.
void write_commit_limit(const Tree& tree, const std::string& value) {
  const auto parts = split(value, '=');
  const bool ratio = parts.at(0) == "ratio";
  tree.write(ratio ? kRatio : kKbytes, std::string(parts.at(1)) + "\n");
  tree.write(ratio ? kKbytes : kRatio, "0\n");
}

std::string with_brackets(const std::string& word) {
  std::string text;
  for (const std::string_view choice : split(kThpWords, ' ')) {
    if (!text.empty()) text += ' ';
    text += choice == word ? "[" + word + "]" : std::string(choice);
  }
  return text + "\n";
}

/// Where TreeActuator keeps what is no file on a host: server parameters and hooks by their names,
/// the state of a swap file in its place.
std::string stand_in(const Target& target) {
  switch (target.type) {
    case StepType::config:
    case StepType::config_file:
      return "/config/" + target.name;
    case StepType::hook:
      return "/hook." + target.name;
    default:
      return target.name;
  }
}

std::string quarantined(const std::string& path) {
  const auto slash = path.rfind('/');
  return path.substr(0, slash) + "/.forkmend-quarantine" + path.substr(slash);
}

Value read_place(const Tree& tree, const std::string& path) {
  if (tree.content(path)) return "in-place";
  return tree.content(quarantined(path)) ? Value("quarantined") : std::nullopt;
}

void write_place(const Tree& tree, const std::string& path, const std::string& value) {
  const std::string other = quarantined(path);
  if (value == "quarantined") {
    tree.move(path, other);
  } else {
    tree.move(other, path);
  }
}

Value read_value(const Tree& tree, const Target& target) {
  switch (target.type) {
    case StepType::sysctl:
      return tree.trimmed(host::sysctl_path(target.name));
    case StepType::commit_limit: {
      const Value kbytes = tree.trimmed(kKbytes);
      if (kbytes && *kbytes != "0") return "kbytes=" + *kbytes;
      return "ratio=" + tree.trimmed(kRatio).value_or("?");
    }
    case StepType::sysfs:
      return host::selected_word(tree.content(target.name).value_or(""));
    case StepType::rlimit:
      return read_limit(tree, target);
    case StepType::cgroup_file:
      return tree.trimmed(target.name);
    case StepType::quarantine:
      return read_place(tree, target.name);
    case StepType::config:
    case StepType::file:
    case StepType::swap:
    case StepType::hook:
      return tree.content(stand_in(target));
    case StepType::config_file:
      return redis::directive_value(tree.content(target.file).value_or(""), target.name).value();
    case StepType::server_command:
    case StepType::signal:
      break;
  }
  return std::nullopt;
}

void write_line(const Tree& tree, const Target& target, const Value& value) {
  const std::string text = tree.content(target.file).value_or("");
  tree.write(target.file, redis::with_directive(text, target.name, value).value());
}

void write_value(const Tree& tree, const Target& target, const Value& value) {
  if (is_momentary(target.type)) return;
  if (target.type == StepType::config_file) return write_line(tree, target, value);
  if (!value) {
    tree.remove(stand_in(target));
    return;
  }
  switch (target.type) {
    case StepType::sysctl:
      tree.write(host::sysctl_path(target.name), *value + "\n");
      return;
    case StepType::commit_limit:
      write_commit_limit(tree, *value);
      return;
    case StepType::sysfs:
      tree.write(target.name, with_brackets(*value));
      return;
    case StepType::rlimit:
      write_limit(tree, target, *value);
      return;
    case StepType::cgroup_file:
      tree.write(target.name, *value + "\n");
      return;
    case StepType::quarantine:
      write_place(tree, target.name, *value);
      return;
    case StepType::config:
    case StepType::file:
    case StepType::swap:
    case StepType::hook:
      tree.write(stand_in(target), *value);
      return;
    case StepType::config_file:
    case StepType::server_command:
    case StepType::signal:
      return;
  }
}

}  // namespace

boost::asio::awaitable<Result<Value>> TreeActuator::read(Target target) {
  co_return read_value(Tree(*tree_), target);
}

boost::asio::awaitable<Result<void>> TreeActuator::change(engine::ChangeRequest request) {
  const Tree tree(*tree_);
  const Break how = std::exchange(break_, Break::never);
  if (how == Break::before_write) co_return Error{Errc::permission_denied, "broken on purpose"};
  if (read_value(tree, request.target) != request.expected) {
    co_return Error{Errc::changed, to_string(request.target) + " is not what was expected"};
  }
  write_value(tree, request.target, request.value);
  if (how == Break::after_write) co_return Error{Errc::changed, "broken on purpose"};
  co_return ok();
}

}  // namespace forkmend::testing
