// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/conf_file.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.hpp"
#include "redis/confined_read.hpp"
#include "redis/credentials.hpp"

namespace forkmend::redis {

namespace {

constexpr std::size_t kMaxFile = std::size_t{4} << 20U;
constexpr std::size_t kMaxFiles = 64;
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxDirectives = 100'000;

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

char escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

/// sdssplitargs, word by word.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool at_end() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty() || rest_.front() == '\0';
  }

  /// False when a quote does not close, or closes inside a word.
  [[nodiscard]] bool read(std::string& word) {
    while (!rest_.empty() && !is_space(rest_.front()) && rest_.front() != '\0') {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"' || c == '\'') return read_quoted(c, word);
      word += c;
    }
    return true;
  }

 private:
  bool read_quoted(char quote, std::string& word) {
    while (!rest_.empty()) {
      if (rest_.front() == quote) {
        rest_.remove_prefix(1);
        return rest_.empty() || is_space(rest_.front());
      }
      word += quote == '"' ? read_double_quoted() : read_single_quoted();
    }
    return false;
  }

  char read_double_quoted() {
    if (rest_.front() != '\\' || rest_.size() < 2) return take(1, rest_.front());
    if (rest_.size() >= 4 && rest_[1] == 'x' && is_hex_digit(rest_[2]) && is_hex_digit(rest_[3])) {
      const std::string digits(rest_.substr(2, 2));
      return take(4, static_cast<char>(std::stoi(digits, nullptr, 16)));
    }
    return take(2, escaped(rest_[1]));
  }

  char read_single_quoted() {
    if (rest_.starts_with("\\'")) return take(2, '\'');
    return take(1, rest_.front());
  }

  char take(std::size_t size, char meaning) {
    rest_.remove_prefix(size);
    return meaning;
  }

  std::string_view rest_;
};

/// Reads a file and, at the place of each include, the included one.
class Loader {
 public:
  explicit Loader(const host::Root& root) : root_(root) {}

  Result<void> load(const ConfinedPath& path, std::size_t depth);  // NOLINT(misc-no-recursion)
  [[nodiscard]] ConfFile take() { return std::move(conf_); }

 private:
  Result<void> add_line(const ConfinedPath& path, std::size_t number, std::string_view line,
                        std::size_t depth);
  Result<void> follow(const ConfinedPath& from, const std::string& name, std::size_t depth);

  const host::Root& root_;
  ConfFile conf_;
  std::size_t files_ = 0;
};

Result<void> Loader::load(const ConfinedPath& path,
                          std::size_t depth) {  // NOLINT(misc-no-recursion)
  if (++files_ > kMaxFiles || depth > kMaxDepth) {
    return Error{Errc::too_large, path.path + ": too many files are included"};
  }
  auto content = read_confined(root_, path, kMaxFile);
  if (!content) return content.error();
  Result<void> added = ok();
  std::size_t number = 0;
  for (const std::string_view line : lines_of(*content)) {
    added = add_line(path, ++number, line, depth);
    if (!added) break;
  }
  wipe(*content);
  return added;
}

Result<void> Loader::add_line(const ConfinedPath& path,  // NOLINT(misc-no-recursion)
                              std::size_t number, std::string_view line, std::size_t depth) {
  line = trim(line);
  if (line.empty() || line.front() == '#') return ok();
  auto words = split_arguments(line);
  if (!words) {
    return Error{Errc::parse, path.path + ":" + std::to_string(number) + ": unbalanced quotes"};
  }
  if (words->empty()) return ok();
  std::string& name = words->front();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (name == "include" && words->size() == 2) return follow(path, (*words)[1], depth);
  if (conf_.directives.size() == kMaxDirectives) {
    return Error{Errc::too_large, path.path + ": more lines than a configuration has"};
  }
  conf_.directives.push_back(std::move(*words));
  return ok();
}

Result<void> Loader::follow(const ConfinedPath& from,  // NOLINT(misc-no-recursion)
                            const std::string& name, std::size_t depth) {
  auto loaded = load(beside(from, name), depth + 1);
  if (loaded || loaded.error().code == Errc::too_large || loaded.error().code == Errc::parse) {
    return loaded;
  }
  if (!conf_.incomplete) conf_.incomplete = loaded.error().during("following an include");
  return ok();
}

}  // namespace

std::optional<std::vector<std::string>> split_arguments(std::string_view line) {
  WordReader reader(line);
  std::vector<std::string> words;
  while (!reader.at_end()) {
    if (!reader.read(words.emplace_back())) return std::nullopt;
  }
  return words;
}

Result<ConfFile> read_conf_file(const host::Root& root, const ConfinedPath& path) {
  Loader loader(root);
  if (auto loaded = loader.load(path, 0); !loaded) return loaded.error();
  return loader.take();
}

}  // namespace forkmend::redis
