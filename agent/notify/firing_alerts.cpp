// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The alerts of an Outlet that fire: told again and again, because Alertmanager takes an alert that
// nobody repeats for resolved, and keeps none over its own restart.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "notify/alerts.hpp"
#include "notify/outlet.hpp"

namespace forkmend::notify {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr const char* kFiringFile = "firing";

}  // namespace

/// An end says that saves of the server work again: every alert of it ends, whatever its cause.
std::vector<IncidentMessage> Outlet::with_what_ends(const IncidentMessage& message) const {
  std::vector<IncidentMessage> messages;
  if (is_over(message.stage)) {
    for (const IncidentMessage& fired : firing_) {
      if (fired.instance != message.instance || same_alert(fired, message)) continue;
      messages.push_back(fired);
      messages.back().stage = message.stage;
      messages.back().at = message.at;
    }
  }
  messages.push_back(message);
  return messages;
}

void Outlet::note_firing(const IncidentMessage& message) {
  if (options_.type != NotifierType::alertmanager) return;
  const bool over = is_over(message.stage);
  std::erase_if(firing_, [&](const IncidentMessage& fired) {
    return over ? fired.instance == message.instance : same_alert(fired, message);
  });
  if (!over) firing_.push_back(message);
  if (firing_.size() > schedule_.most_messages) firing_.erase(firing_.begin());
  next_repeat_ = Clock::now() + schedule_.repeat_alerts;
  save_firing();
}

/// What nobody has spoken of for so long ends by itself.
void Outlet::forget_old_alerts(WallTime now) {
  const auto gone = std::erase_if(firing_, [&](const IncidentMessage& fired) {
    return now - fired.at > schedule_.give_up_after;
  });
  if (gone > 0) save_firing();
}

asio::awaitable<void> Outlet::repeat_firing() {
  forget_old_alerts(read_clock().wall);
  next_repeat_ = Clock::now() + schedule_.repeat_alerts;
  if (firing_.empty()) co_return;
  std::vector<IncidentMessage> messages = firing_;
  const Delivery delivery = co_await attempt(std::move(messages));
  if (closed_ || delivery.result == Delivery::Result::delivered) co_return;
  ++counts_.retried;
  report("alerts that fire could not be told again: " + delivery.because);
}

void Outlet::save_firing() {
  json::array all;
  for (const IncidentMessage& fired : firing_) all.push_back(to_json(fired));
  if (const auto kept = queue_.remember(kFiringFile, json::serialize(all)); !kept) {
    report("alerts that fire are not recorded: " + kept.error().message);
  }
}

void Outlet::load_firing() {
  if (options_.type != NotifierType::alertmanager) return;
  boost::system::error_code damaged;
  const json::value all = json::parse(queue_.remembered(kFiringFile), damaged);
  if (damaged || !all.is_array()) return;
  for (const json::value& one : all.get_array()) {
    auto message = message_from_json(json::serialize(one));
    if (message) firing_.push_back(*std::move(message));
  }
}

}  // namespace forkmend::notify
