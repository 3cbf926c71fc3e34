// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/pattern.hpp"

#include <regex>
#include <string>

#include "policy/issues.hpp"

namespace forkmend::policy {

struct Pattern {
  std::regex regex;
};

namespace {

namespace rc = std::regex_constants;

constexpr std::size_t kLongestPattern = 200;
constexpr std::size_t kLongestSubject = 4096;

std::string_view why(rc::error_type code) {
  if (code == rc::error_brack) return "an unclosed [";
  // libstdc++ gives the same code for "*a": it stops reading there.
  if (code == rc::error_paren) return "an unbalanced parenthesis or a repetition of nothing";
  if (code == rc::error_brace || code == rc::error_badbrace) return "a bad {n,m}";
  if (code == rc::error_range) return "a range that runs backwards";
  if (code == rc::error_escape) return "an unknown escape";
  if (code == rc::error_badrepeat) return "a repetition of nothing";
  if (code == rc::error_ctype) return "an unknown character class";
  if (code == rc::error_collate) return "an unknown collating element";
  if (code == rc::error_complexity) return "a back-reference";
  if (code == rc::error_space || code == rc::error_stack) return "too many repetitions";
  return "a mistake in it";
}

Error problem(std::string wrong, std::string expected) {
  return Error{Errc::parse, to_string(Complaint{std::move(wrong), std::move(expected)})};
}

}  // namespace

Result<std::shared_ptr<const Pattern>> compile_pattern(std::string_view text) {
  if (text.size() > kLongestPattern) {
    return problem("the expression of matches has " + std::to_string(text.size()) + " bytes",
                   "at most " + std::to_string(kLongestPattern));
  }
  try {
    // Polynomial: no text can make the search take exponential time or exhaust the stack. It is an
    // extension of libstdc++, the only library that forkmend is built with.
    return std::make_shared<const Pattern>(
        Pattern{std::regex(text.begin(), text.end(), rc::ECMAScript | rc::__polynomial)});
  } catch (const std::regex_error& error) {
    return problem("the expression " + quoted(text) + " has " + std::string(why(error.code())),
                   "an ECMAScript regular expression");
  }
}

Truth find_in(const Pattern& pattern, std::string_view text) {
  if (text.size() > kLongestSubject) return Truth::unknown;
  return std::regex_search(text.begin(), text.end(), pattern.regex) ? Truth::yes : Truth::no;
}

}  // namespace forkmend::policy
