// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kmsg.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <deque>
#include <optional>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "host/kernel_log_reader.hpp"
#include "host/read_cache.hpp"

namespace forkmend::host {

namespace {

constexpr std::size_t kRecordLimit = 8192;  ///< CONSOLE_EXT_LOG_MAX

Error broken(std::string_view record) {
  return Error{Errc::parse, "not a kernel log record: \"" + printable(record, 80) + "\""};
}

/// "[  352.094612] text", as dmesg prints it.
std::optional<KernelMessage> parse_dmesg_line(std::string_view line) {
  const std::size_t close = line.find(']');
  if (!line.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  const auto seconds = parse_number(trim(line.substr(1, close - 1)));
  if (!seconds || !(*seconds >= 0) || *seconds > 1e12) return std::nullopt;
  KernelMessage message;
  message.at = std::chrono::microseconds(std::llround(*seconds * 1e6));
  // One blank is dmesg's own; further ones belong to the message.
  message.text = line.substr(close + 1);
  if (message.text.starts_with(' ')) message.text.erase(0, 1);
  return message;
}

/// The newest `limit` messages.
class Newest {
 public:
  explicit Newest(std::size_t limit) : limit_(limit) {}
  void add(KernelMessage message) {
    messages_.push_back(std::move(message));
    if (messages_.size() > limit_) messages_.pop_front();
  }
  [[nodiscard]] std::vector<KernelMessage> take() {
    return {std::make_move_iterator(messages_.begin()), std::make_move_iterator(messages_.end())};
  }

 private:
  std::size_t limit_;
  std::deque<KernelMessage> messages_;
};

Result<std::vector<KernelMessage>> read_captured(const Root& root, std::size_t limit) {
  auto text = root.read("/dev/kmsg", std::size_t{64} << 20U);
  if (!text) return text.error();
  return parse_kernel_log(*text, limit);
}

Result<std::vector<KernelMessage>> read_device(const Root& root, std::size_t limit) {
  const auto device = open_kernel_log(root);
  if (!device) return device.error();
  Newest newest(limit);
  const auto read =
      read_kernel_records(*device, [&](KernelMessage message) { newest.add(std::move(message)); });
  if (!read) return read.error();
  return newest.take();
}

}  // namespace

Result<KernelMessage> parse_kmsg_record(std::string_view record) {
  const std::size_t semicolon = record.find(';');
  if (semicolon == std::string_view::npos) return broken(record);
  const auto head = split(record.substr(0, semicolon), ',');
  if (head.size() < 3) return broken(record);
  const auto priority = parse_integer(head[0]);
  const auto sequence = parse_integer(head[1]);
  const auto at = parse_integer(head[2]);
  if (!priority || !sequence || !at || *priority < 0 || *sequence < 0 || *at < 0) {
    return broken(record);
  }
  KernelMessage message;
  message.at = std::chrono::microseconds(*at);
  message.sequence = static_cast<std::uint64_t>(*sequence);
  message.level = static_cast<int>(*priority % 8);
  // Lines behind the first hold " SUBSYSTEM=..." and the like.
  const std::string_view text = record.substr(semicolon + 1);
  message.text = text.substr(0, text.find('\n'));
  return message;
}

std::vector<KernelMessage> parse_kernel_log(std::string_view text, std::size_t limit) {
  Newest newest(limit);
  for (const std::string_view line : lines_of(text)) {
    if (line.starts_with(' ')) continue;
    if (auto message = parse_dmesg_line(line)) {
      newest.add(std::move(*message));
    } else if (auto record = parse_kmsg_record(line)) {
      newest.add(std::move(*record));
    }
  }
  return newest.take();
}

Result<Descriptor> open_kernel_log(const Root& root) {
  Descriptor device(
      open(root.at("/dev/kmsg").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!device.is_open()) return errno_error(errno, "opening /dev/kmsg");
  return device;
}

/// Each read gives one record. EPIPE: the kernel overwrote what was next, and has moved us on.
Result<void> read_kernel_records(const Descriptor& device,
                                 const std::function<void(KernelMessage)>& sink) {
  std::array<char, kRecordLimit> buffer{};
  while (true) {
    const ssize_t got = ::read(device.get(), buffer.data(), buffer.size());
    if (got > 0) {
      auto message = parse_kmsg_record({buffer.data(), static_cast<std::size_t>(got)});
      if (message) sink(std::move(*message));
      continue;
    }
    if (got == 0 || errno == EAGAIN) return ok();
    const bool goes_on = errno == EPIPE || errno == EINTR || errno == EINVAL;
    if (!goes_on) return errno_error(errno, "reading /dev/kmsg");
  }
}

Result<SharedList<KernelMessage>> read_kernel_log(const Root& root) {
  const bool whole = !root.live() || root.recorded();
  if (!whole && root.kernel_log() != nullptr) return root.kernel_log()->read(root);
  return remembered(root, "kernel log", [&] {
    if (!whole) return KernelLogReader().read(root);
    return share(root.live() ? read_device(root, kKernelLogLimit)
                             : read_captured(root, kKernelLogLimit));
  });
}

}  // namespace forkmend::host
