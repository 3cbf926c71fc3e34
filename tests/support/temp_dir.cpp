// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace forkmend::testing {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string pattern = (fs::temp_directory_path() / "forkmend-test.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_tree(const fs::path& directory, const std::map<std::string, std::string>& files) {
  for (const auto& [name, content] : files) {
    const fs::path path = directory / fs::path(name).relative_path();
    fs::create_directories(path.parent_path());
    if (content.starts_with("-> ")) {
      fs::remove(path);
      fs::create_symlink(content.substr(3), path);
      continue;
    }
    std::ofstream out(path, std::ios::binary);
    out << content;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
  }
}

HostTree::HostTree(const std::map<std::string, std::string>& files) {
  write_tree(dir_.path(), files);
}

void HostTree::write(const std::string& path, const std::string& content) {
  write_tree(dir_.path(), {{path, content}});
}

std::string HostTree::read(const std::string& path) const {
  std::ifstream in(dir_.path() / fs::path(path).relative_path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::map<std::string, std::string> HostTree::snapshot() const {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(dir_.path())) {
    const std::string name = "/" + fs::relative(entry.path(), dir_.path()).string();
    const auto mode = static_cast<unsigned>(fs::symlink_status(entry.path()).permissions());
    std::string value = std::to_string(mode) + " ";
    if (entry.is_symlink()) {
      value += "-> " + fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      value += read(name);
    }
    all.emplace(name, std::move(value));
  }
  return all;
}

}  // namespace forkmend::testing
