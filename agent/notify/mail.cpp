// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/mail.hpp"

#include <array>
#include <ctime>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"

namespace forkmend::notify {

namespace {

constexpr std::size_t kLine = 78;
/// RFC 5322 allows 998 bytes a line; a word without blanks is cut before that.
constexpr std::size_t kLongestWord = 900;

std::string header_text(std::string_view text) {
  std::string out = printable(text, 200);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

/// RFC 5322 in UTC. strftime() would take the names from the locale.
std::string mail_date(WallTime time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  std::string date = kDays.at(static_cast<std::size_t>(parts.tm_wday));
  date.append(", ").append(two(parts.tm_mday)).append(" ");
  date.append(kMonths.at(static_cast<std::size_t>(parts.tm_mon))).append(" ");
  date.append(std::to_string(parts.tm_year + 1900)).append(" ").append(two(parts.tm_hour));
  date.append(":").append(two(parts.tm_min)).append(":").append(two(parts.tm_sec));
  return date.append(" +0000");
}

std::string wrapped_paragraph(const std::string& text) {
  std::string out;
  std::size_t column = 0;
  for (const std::string_view word : split_blanks(std::string_view(text))) {
    const std::string_view shown = word.substr(0, kLongestWord);
    if (column > 0 && column + 1 + shown.size() > kLine) {
      out += '\n';
      column = 0;
    }
    if (column > 0) out += ' ';
    out += shown;
    column += shown.size() + (column > 0 ? 1U : 0U);
  }
  return out;
}

std::string what_is_up(IncidentStage stage) {
  switch (stage) {
    case IncidentStage::open:
      return "a save fails";
    case IncidentStage::healed:
      return "healed";
    case IncidentStage::recovered:
      return "saves work again";
    case IncidentStage::mitigated:
      return "not healed, mitigated";
    case IncidentStage::not_healed:
      return "not healed";
    case IncidentStage::undo_incomplete:
      return "not healed, undo incomplete";
    case IncidentStage::blocked:
      return "a save fails, blocked";
    case IncidentStage::advice:
      return "a save fails, a person is needed";
  }
  return "a save fails";
}

}  // namespace

std::string mail_text(const IncidentMessage& message, const NotifierOptions& options) {
  std::string mail;
  const auto header = [&mail](std::string_view name, std::string_view text) {
    mail.append(name).append(": ").append(text).append("\n");
  };
  const auto field = [&mail](std::string_view name, const std::string& text) {
    if (text.empty()) return;
    mail.append(name).append(std::string(10 - name.size(), ' '));
    mail.append(printable(text)).append("\n");
  };
  header("To", join(options.to, ", "));
  if (!options.from.empty()) header("From", options.from);
  header("Subject", header_text("[forkmend] " + message.host + ": " + message.instance + ": " +
                                what_is_up(message.stage) + " (" + message.cause + ")"));
  header("Date", mail_date(message.at));
  header("Auto-Submitted", "auto-generated");
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "8bit");
  mail.append("\n").append(wrapped_paragraph(printable(message.summary, kMaxText)));
  mail.append("\n\n");
  field("Host", message.host);
  field("Server", message.instance);
  field("State", std::string(to_string(message.stage)));
  field("Failure", message.kind);
  field("Cause", message.cause);
  field("Opened", format_time(message.opened));
  field("Incident", message.id);
  if (message.id.starts_with("i-")) {
    mail.append("\nforkmend history show ").append(printable(message.id)).append("\n");
  }
  return mail;
}

}  // namespace forkmend::notify
