// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/issues.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace forkmend::policy {

namespace {

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kShownBytes = 80;

}  // namespace

std::string to_string(const PolicyError& error) {
  std::string text = printable(error.file);
  if (error.at.line != 0) {
    text += ":" + std::to_string(error.at.line) + ":" + std::to_string(error.at.column);
  }
  return text + ": " + error.message;
}

std::string to_string(const Complaint& complaint) {
  std::string text = complaint.wrong + "; expected " + complaint.expected;
  if (complaint.meant) text += "; did you mean " + *complaint.meant + "?";
  return text;
}

void Issues::add(SourcePosition at, const Complaint& complaint) {
  add_message(at, to_string(complaint));
}

void Issues::add_message(SourcePosition at, std::string message) {
  errors_.push_back({file_, at, std::move(message)});
}

std::vector<PolicyError> Issues::take() && {
  std::ranges::sort(errors_, [](const PolicyError& a, const PolicyError& b) {
    return std::tie(a.at.line, a.at.column, a.message) <
           std::tie(b.at.line, b.at.column, b.message);
  });
  return std::move(errors_);
}

std::optional<std::string> suggest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const auto meant = did_you_mean(word, candidates);
  return meant ? std::optional(quoted(*meant)) : std::nullopt;
}

std::string alternatives(std::span<const std::string_view> values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
    text += quoted(values[i]);
  }
  return text;
}

std::string quoted(std::string_view word) {
  const bool has_quote = word.find('"') != std::string_view::npos;
  const std::string mark = has_quote ? "'" : "\"";
  return mark + printable(word, kShownBytes) + mark;
}

}  // namespace forkmend::policy
