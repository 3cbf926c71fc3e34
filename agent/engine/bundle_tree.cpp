// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_tree.hpp"

#include <set>
#include <string>

namespace forkmend::engine {

namespace {

using host::RecordedPath;

using Paths = std::map<std::string, RecordedPath, std::less<>>;

/// Another recorded path that exists lies below.
bool has_below(const Paths& paths, const std::string& path) {
  const std::string prefix = path == "/" ? path : path + "/";
  for (auto next = paths.lower_bound(prefix);
       next != paths.end() && next->first.starts_with(prefix); ++next) {
    const RecordedPath& seen = next->second;
    const bool exists = seen.content || seen.link || seen.names || seen.status || seen.there;
    if (exists) return true;
  }
  return false;
}

class TreeWriter {
 public:
  TreeWriter(BundleWriter& writer, const Paths& paths, Scrubber& scrubber)
      : writer_(writer), paths_(paths), scrubber_(scrubber) {}

  Result<host::CapturedPaths> write() {
    for (const auto& [path, seen] : paths_) {
      if (auto written = write_path(path, seen); !written) return written.error();
    }
    return captured_;
  }

 private:
  static std::string place(const std::string& path) { return path == "/" ? "host" : "host" + path; }

  Result<void> write_path(const std::string& path, const RecordedPath& seen) {
    if (seen.open_error != 0) captured_.unreadable[path] = seen.open_error;
    if (seen.look_error != 0) captured_.unreadable_links[path] = seen.look_error;
    if (seen.link) return write_link(path, seen);
    if (seen.names) return write_names(path, *seen.names);
    if (seen.content) return write_file(path, *seen.content);
    const bool exists = seen.status || seen.there || seen.open_error != 0;
    if (!exists) {
      if (seen.absent) captured_.absent.insert(path);
      return ok();
    }
    const bool directory = (seen.status && seen.status->is_directory()) || has_below(paths_, path);
    if (directory) return writer_.directory(place(path));
    // Of a server log the folder of its instance has the end.
    if (seen.open_error == 0) captured_.unread.insert(path);
    return make_file(path, "");
  }

  /// A link with files below it, or read through as well, cannot be one in the bundle: they would
  /// be written where it leads.
  Result<void> write_link(const std::string& path, const RecordedPath& seen) {
    if (!seen.content && !seen.names && !has_below(paths_, path)) {
      made_.insert(path);
      return writer_.link(place(path), *seen.link);
    }
    captured_.links[path] = *seen.link;
    if (seen.names) return write_names(path, *seen.names);
    return seen.content ? write_file(path, *seen.content) : writer_.directory(place(path));
  }

  Result<void> write_file(const std::string& path, const std::string& content) {
    const auto kept = scrubber_.host_file(path, content);
    if (!kept) captured_.unread.insert(path);
    return make_file(path, kept.value_or(""));
  }

  Result<void> write_names(const std::string& path, const std::vector<std::string>& names) {
    if (auto made = writer_.directory(place(path)); !made) return made;
    for (const std::string& name : names) {
      const std::string below = (path == "/" ? "" : path) + "/" + name;
      if (paths_.contains(below)) continue;
      const bool directory = has_below(paths_, below);
      if (!directory) captured_.unread.insert(below);
      auto made = directory ? writer_.directory(place(below)) : make_file(below, "");
      if (!made) return made;
    }
    return ok();
  }

  Result<void> make_file(const std::string& path, const std::string& content) {
    if (!made_.insert(path).second) return ok();
    return writer_.file(place(path), content);
  }

  BundleWriter& writer_;
  const Paths& paths_;
  Scrubber& scrubber_;
  host::CapturedPaths captured_;
  std::set<std::string> made_;
};

}  // namespace

Result<host::CapturedPaths> write_host_tree(BundleWriter& writer, const host::Recording& recording,
                                            Scrubber& scrubber) {
  if (auto made = writer.directory("host"); !made) return made.error();
  return TreeWriter(writer, recording.paths(), scrubber).write();
}

}  // namespace forkmend::engine
