// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/deliver.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.hpp"
#include "host/commands.hpp"
#include "notify/alerts.hpp"
#include "notify/http_client.hpp"
#include "notify/mail.hpp"
#include "redis/deadline.hpp"

namespace forkmend::notify {

namespace {

namespace asio = boost::asio;

Delivery judge_reply(const HttpReply& reply) {
  if (reply.status >= 200 && reply.status < 300) return {};
  // The message itself is at fault: bad request, too large, cannot be processed.
  const bool refused = reply.status == 400 || reply.status == 413 || reply.status == 422;
  std::string because = "HTTP " + std::to_string(reply.status);
  if (reply.status >= 300 && reply.status < 400) because += " (redirects are not followed)";
  if (!reply.body.empty()) because += ": " + printable(trim(reply.body), 200);
  return {refused ? Delivery::Result::refused : Delivery::Result::failed, std::move(because)};
}

/// sysexits.h: 64 (usage) to 68 (no such host) say that the message or its address is at fault.
Delivery judge_exit(const host::CommandResult& ended) {
  if (ended.succeeded()) return {};
  const bool refused = ended.signal == 0 && ended.exit_code >= 64 && ended.exit_code <= 68;
  std::string because = ended.signal != 0 ? "ended by signal " + std::to_string(ended.signal)
                                          : "exit " + std::to_string(ended.exit_code);
  const std::string_view said = trim(ended.err);
  if (!said.empty()) because += ": " + printable(said, 200);
  return {refused ? Delivery::Result::refused : Delivery::Result::failed, std::move(because)};
}

asio::awaitable<Delivery> post_json(std::string url, std::string below, std::string ca_file,
                                    std::chrono::milliseconds deadline, std::string body) {
  auto parsed = parse_http_url(url);
  if (!parsed) co_return Delivery{Delivery::Result::failed, parsed.error().message};
  if (!below.empty()) {
    while (parsed->target.ends_with('/')) parsed->target.pop_back();
    parsed->target += below;
  }
  const std::string place = parsed->authority;
  auto work = http_post(std::move(*parsed), std::move(ca_file), std::move(body));
  const auto reply = co_await redis::within(deadline, std::move(work));
  if (reply) co_return judge_reply(*reply);
  std::string because = printable(place, 100) + ": " + printable(reply.error().message);
  co_return Delivery{Delivery::Result::failed, std::move(because)};
}

asio::awaitable<Delivery> run_program(std::vector<std::string> argv, std::string input,
                                      std::chrono::milliseconds deadline) {
  host::CommandOptions command;
  command.deadline = deadline;
  command.output_limit = 4096;
  command.input = std::move(input);
  const auto ended = co_await host::run_command(std::move(argv), std::move(command));
  if (ended) co_return judge_exit(*ended);
  co_return Delivery{Delivery::Result::failed, printable(ended.error().message)};
}

}  // namespace

asio::awaitable<Delivery> deliver(NotifierOptions options, DeliverySchedule schedule,
                                  std::vector<IncidentMessage> messages, WallTime now) {
  if (messages.empty()) co_return Delivery{};
  const IncidentMessage& last = messages.back();
  switch (options.type) {
    case NotifierType::alertmanager: {
      std::string below = "/api/v2/alerts";
      std::string body = alerts_body(messages, now, firing_for(schedule));
      co_return co_await post_json(std::move(options.url), std::move(below),
                                   std::move(options.ca_file), schedule.deadline, std::move(body));
    }
    case NotifierType::webhook: {
      std::string below;
      std::string body = boost::json::serialize(to_json(last));
      co_return co_await post_json(std::move(options.url), std::move(below),
                                   std::move(options.ca_file), schedule.deadline, std::move(body));
    }
    case NotifierType::email: {
      std::vector<std::string> argv;
      argv.assign({options.sendmail, "-t", "-i"});
      std::string mail = mail_text(last, options);
      co_return co_await run_program(std::move(argv), std::move(mail), schedule.deadline);
    }
    case NotifierType::command: {
      std::string input = boost::json::serialize(to_json(last)) + "\n";
      co_return co_await run_program(std::move(options.argv), std::move(input), schedule.deadline);
    }
  }
  co_return Delivery{};
}

std::chrono::milliseconds retry_delay(const DeliverySchedule& schedule, int failures,
                                      double jitter) {
  auto delay = schedule.first_retry;
  for (int i = 1; i < failures && delay < schedule.longest_retry; ++i) delay *= 2;
  delay = std::min(delay, schedule.longest_retry);
  const double shortened = 1 - std::clamp(jitter, 0.0, 1.0) / 4;
  return std::chrono::duration_cast<std::chrono::milliseconds>(delay * shortened);
}

std::chrono::milliseconds firing_for(const DeliverySchedule& schedule) {
  return schedule.repeat_alerts * 5;
}

}  // namespace forkmend::notify
