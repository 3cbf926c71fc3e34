// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "redis/source_line.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <map>

#include "base/text.hpp"
#include "redis/log_frame.hpp"

namespace forkmend::redis {

namespace {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view line) {
  boost::system::error_code failure;
  json::value value = json::parse(json::string_view(line.data(), line.size()), failure);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<std::string_view> text_of(const json::object& record, std::string_view name) {
  const json::value* value = record.if_contains(json::string_view(name.data(), name.size()));
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> number_of(const json::object& record, std::string_view name) {
  const auto text = text_of(record, name);
  return text ? parse_integer(*text) : std::nullopt;
}

std::optional<std::string> bytes_of(const json::array& array) {
  std::string bytes;
  for (const json::value& value : array) {
    const std::int64_t* byte = value.if_int64();
    if (byte == nullptr || *byte < 0 || *byte > 255) return std::nullopt;
    if (bytes.size() < kMaxSourceLine) bytes += static_cast<char>(*byte);
  }
  return bytes;
}

std::optional<std::string> message_of(const json::object& record) {
  if (const auto text = text_of(record, "MESSAGE")) return std::string(*text);
  const json::value* value = record.if_contains("MESSAGE");
  const json::array* array = value != nullptr ? value->if_array() : nullptr;
  return array != nullptr ? bytes_of(*array) : std::nullopt;
}

/// Of serverLogRaw() in server.c: LOG_WARNING is "#", LOG_NOTICE "*", LOG_INFO "-", LOG_DEBUG ".".
char level_of(const json::object& record) {
  constexpr auto kLevels = std::to_array<char>({'#', '#', '#', '#', '#', '*', '-', '.'});
  const auto priority = number_of(record, "PRIORITY");
  const bool known = priority && *priority >= 0 && *priority < std::ssize(kLevels);
  return known ? kLevels.at(static_cast<std::size_t>(*priority)) : '*';
}

/// Microseconds since the epoch, within what WallTime can hold.
std::optional<WallTime> journal_time(const json::object& record) {
  constexpr std::int64_t kLatest = 7258118400'000'000;  // 2200-01-01
  const auto time = number_of(record, "__REALTIME_TIMESTAMP");
  if (!time || *time < 0 || *time > kLatest) return std::nullopt;
  return WallTime(std::chrono::microseconds(*time));
}

/// One line, whatever it holds: what a server's own log would break into two is no second record.
std::string tidy(std::string text) {
  text.resize(std::min(text.size(), kMaxSourceLine));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// Puts the parts of long lines together, of each stream by itself.
class Joiner {
 public:
  enum class Part { whole_or_last, more_follows };

  void take(std::string_view stream, std::optional<WallTime> at, std::string_view text, Part part) {
    SourceLine& line = pending_[std::string(stream.substr(0, kMaxName))];
    if (!line.at) line.at = at;
    line.text.append(text.substr(0, kMaxSourceLine - std::min(kMaxSourceLine, line.text.size())));
    if (part == Part::more_follows) return;
    line.text = tidy(std::move(line.text));
    lines_.push_back(std::move(line));
    line = SourceLine{};
  }

  std::vector<SourceLine> done() && {
    // The end of these is still being written.
    for (auto& [stream, line] : pending_) {
      line.text = tidy(std::move(line.text));
      if (!line.text.empty()) lines_.push_back(std::move(line));
    }
    return std::move(lines_);
  }

 private:
  static constexpr std::size_t kMaxName = 16;
  std::map<std::string, SourceLine> pending_;
  std::vector<SourceLine> lines_;
};

bool is_stream(std::string_view name) {
  return name == "stdout" || name == "stderr";
}

}  // namespace

std::vector<SourceLine> parse_journal_records(std::string_view text) {
  std::vector<SourceLine> lines;
  for (const std::string_view record_text : lines_of(text)) {
    const auto record = parse_object(record_text);
    auto message = record ? message_of(*record) : std::nullopt;
    if (!message) continue;
    // The kernel's word; SYSLOG_PID is the sender's.
    lines.push_back({.at = journal_time(*record),
                     .pid = number_of(*record, "_PID"),
                     .level = level_of(*record),
                     .text = tidy(std::move(*message))});
  }
  return lines;
}

std::vector<SourceLine> parse_json_file(std::string_view text) {
  Joiner joiner;
  for (const std::string_view record_text : lines_of(text)) {
    const auto record = parse_object(record_text);
    const auto line = record ? text_of(*record, "log") : std::nullopt;
    const auto stream = record ? text_of(*record, "stream") : std::nullopt;
    const auto time = record ? text_of(*record, "time") : std::nullopt;
    if (!line || !stream || !time || !is_stream(*stream)) continue;
    const auto part =
        line->ends_with('\n') ? Joiner::Part::whole_or_last : Joiner::Part::more_follows;
    joiner.take(*stream, parse_zoned_time(*time), *line, part);
  }
  return std::move(joiner).done();
}

std::vector<SourceLine> parse_cri_log(std::string_view text) {
  Joiner joiner;
  for (std::string_view rest : lines_of(text)) {
    const auto time = take_until(rest, ' ');
    const auto at = time ? parse_zoned_time(*time) : std::nullopt;
    const auto stream = at ? take_until(rest, ' ') : std::nullopt;
    const auto tags = stream && is_stream(*stream) ? take_until(rest, ' ') : std::nullopt;
    if (!tags) continue;
    // The first of several, with colons between: "P" partial, "F" full.
    const std::string_view tag = tags->substr(0, tags->find(':'));
    if (tag != "P" && tag != "F") continue;
    joiner.take(*stream, at, rest,
                tag == "F" ? Joiner::Part::whole_or_last : Joiner::Part::more_follows);
  }
  return std::move(joiner).done();
}

std::vector<SourceLine> parse_container_log(std::string_view text) {
  const std::size_t first = text.find_first_not_of(std::string_view("\0\n", 2));
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  return is_json ? parse_json_file(text) : parse_cri_log(text);
}

std::vector<SourceLine> parse_syslog_file(std::string_view text, std::string_view ident,
                                          const LogClock& clock) {
  std::vector<SourceLine> lines;
  for (const std::string_view line : lines_of(text)) {
    const auto head = parse_syslog_head(line, clock);
    if (!head || head->ident != ident) continue;
    lines.push_back({.at = head->at, .pid = head->pid, .text = tidy(std::string(head->message))});
  }
  return lines;
}

}  // namespace forkmend::redis
