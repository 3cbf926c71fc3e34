// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/conf_edit.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.hpp"
#include "redis/conf_file.hpp"
#include "redis/credentials.hpp"

namespace forkmend::redis {

namespace {

constexpr std::string_view kSave = "save";

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string said(const std::optional<std::string>& value) {
  if (!value) return "nothing";
  return value->empty() ? "\"\"" : printable(*value, 80);
}

/// Where our block stands; `above` is what it says that it replaced.
struct Block {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string above;
};

/// The first line from `from` on that starts with the mark.
std::size_t find_line(std::string_view text, std::string_view mark, std::size_t from) {
  for (std::size_t at = text.find(mark, from); at != std::string_view::npos;
       at = text.find(mark, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

Result<std::optional<Block>> find_block(std::string_view text, std::string_view name) {
  const std::string first = begin_mark(name);
  const std::string last = end_mark(name);
  const std::size_t begin = find_line(text, first, 0);
  const std::size_t end = find_line(text, last, 0);
  if (begin == std::string_view::npos && end == std::string_view::npos)
    return std::optional<Block>();
  const bool paired = begin != std::string_view::npos && end != std::string_view::npos &&
                      begin < end && find_line(text, first, begin + 1) == std::string_view::npos;
  if (!paired) {
    return Error{Errc::invalid, "the marks of forkmend around " + std::string(name) +
                                    " do not pair any more: a person has to look at them"};
  }
  Block block{.begin = begin, .end = end + last.size(), .above = {}};
  const std::string_view rest = text.substr(begin + first.size());
  block.above = std::string(rest.substr(0, rest.find(")\n")));
  if (block.end < text.size()) {
    ++block.end;  // its line end
  } else if (block.begin > 0) {
    --block.begin;  // the file had no line end, so that ours came before the block
  }
  return std::optional(std::move(block));
}

std::string without(std::string_view text, const std::optional<Block>& block) {
  if (!block) return std::string(text);
  std::string rest(text.substr(0, block->begin));
  rest += text.substr(block->end);
  return rest;
}

std::string with_block(std::string text, const std::vector<std::string>& lines) {
  const std::string block = join(lines, "\n");
  const bool ends_a_line = text.empty() || text.ends_with('\n');
  return std::move(text) + (ends_a_line ? block + "\n" : "\n" + block);
}

/// What the words after the name come to, given what earlier lines came to.
std::string accumulated(std::string_view name, const std::optional<std::string>& earlier,
                        const std::vector<std::string>& words) {
  std::string value = join(std::vector<std::string>(words.begin() + 1, words.end()), " ");
  if (!same_name(name, kSave) || value.empty() || !earlier || earlier->empty()) return value;
  return *earlier + " " + value;
}

}  // namespace

Result<std::optional<std::string>> directive_value(std::string_view text, std::string_view name) {
  std::optional<std::string> value;
  for (std::string_view line : lines_of(text)) {
    line = trim(line);
    if (line.empty() || line.front() == '#') continue;
    auto words = split_arguments(line);
    if (!words) return Error{Errc::parse, "a line of it has quotes that do not close"};
    if (!words->empty() && same_name(words->front(), name)) {
      value = accumulated(name, value, *words);
    }
    for (std::string& word : *words) wipe(word);  // another line's may be a password
  }
  return value;
}

Result<std::string> with_directive(std::string_view text, std::string_view name,
                                   const std::optional<std::string>& value) {
  const auto block = find_block(text, name);
  if (!block) return block.error();
  std::string rest = without(text, *block);
  const auto above = directive_value(rest, name);
  if (!above) return above.error();
  if (*above == value) return rest;
  if (*block && said(*above) != (*block)->above && said(value) == (*block)->above) {
    return Error{Errc::changed, "the line above forkmend's " + std::string(name) + " was " +
                                    (*block)->above + " and is " + said(*above) +
                                    " now: somebody else changed it since"};
  }
  if (!value) {
    return Error{Errc::invalid,
                 "a line of the file itself sets " + std::string(name) + ": " + said(*above)};
  }
  return with_block(std::move(rest), directive_block(name, *value, *above));
}

std::vector<std::string> directive_lines(std::string_view name, std::string_view value) {
  const std::string parameter(name);
  if (name != kSave) return {parameter + " " + std::string(value)};
  std::vector<std::string> lines = {parameter + " \"\""};
  const auto words = split_blanks(value);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    lines.push_back(parameter + " " + std::string(words[i]) + " " + std::string(words[i + 1]));
  }
  return lines;
}

std::vector<std::string> directive_block(std::string_view name, std::string_view value,
                                         const std::optional<std::string>& above) {
  std::vector<std::string> lines = {begin_mark(name) + said(above) + ")"};
  for (std::string& line : directive_lines(name, value)) lines.push_back(std::move(line));
  lines.push_back(end_mark(name));
  return lines;
}

std::string begin_mark(std::string_view name) {
  return "# forkmend: begin " + std::string(name) + " (above: ";
}

std::string end_mark(std::string_view name) {
  return "# forkmend: end (" + std::string(name) + ")";
}

}  // namespace forkmend::redis
