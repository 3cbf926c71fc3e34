// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/deliver.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "agent/engine/await.hpp"
#include "agent/notify/example_message.hpp"
#include "agent/notify/http_peer.hpp"
#include "support/scripted_peer.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::notify {
namespace {

using namespace std::chrono_literals;
using ::forkmend::testing::await;
using ::forkmend::testing::example_message;
using ::forkmend::testing::HostTree;
using ::forkmend::testing::HttpPeer;
using ::forkmend::testing::ScriptedPeer;
using Outcome = Delivery::Result;

Delivery deliver_to(NotifierOptions options, IncidentStage stage = IncidentStage::open,
                    DeliverySchedule schedule = {}) {
  const IncidentMessage message = example_message(stage);
  std::vector<IncidentMessage> messages = {message};
  return await(deliver(std::move(options), schedule, std::move(messages), message.at));
}

/// A program of the test beside a file that it writes.
class Script {
 public:
  explicit Script(const std::string& body)
      : tree_(std::map<std::string, std::string>{
            {"/program", "#!/bin/sh\ncd \"$(dirname \"$0\")\"\n" + body + "\n"}}) {
    chmod(path().c_str(), 0755);
  }
  [[nodiscard]] std::string path() const { return (tree_.path() / "program").string(); }
  [[nodiscard]] std::string written(const std::string& name) const {
    return tree_.read("/" + name);
  }

 private:
  HostTree tree_;
};

TEST(Deliver, AWebhookGetsTheIncidentAsJson) {
  HttpPeer peer({200});
  const auto sent = deliver_to({.type = NotifierType::webhook, .url = peer.url("/hook?key=1")});
  EXPECT_EQ(sent.result, Outcome::delivered) << sent.because;
  const auto heard = peer.wait_for(1);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].target, "/hook?key=1");
  EXPECT_EQ(heard[0].content_type, "application/json");
  EXPECT_EQ(heard[0].body.at("cause").as_string(), "nproc-limit");
  EXPECT_EQ(heard[0].body.at("state").as_string(), "open");
}

TEST(Deliver, AlertmanagerIsAskedBelowItsPath) {
  HttpPeer peer({200});
  const auto sent = deliver_to({.type = NotifierType::alertmanager, .url = peer.url("/am/")});
  EXPECT_EQ(sent.result, Outcome::delivered) << sent.because;
  EXPECT_EQ(peer.wait_for(1).at(0).target, "/am/api/v2/alerts");
}

TEST(Deliver, TheStatusSaysWhetherToTryAgain) {
  HttpPeer peer({204, 400, 404, 503, 302, 0});
  const NotifierOptions hook{.type = NotifierType::webhook, .url = peer.url("/secret-path")};
  EXPECT_EQ(deliver_to(hook).result, Outcome::delivered);
  const auto refused = deliver_to(hook);
  EXPECT_EQ(refused.result, Outcome::refused);
  EXPECT_EQ(refused.because, "HTTP 400: peer says 400");
  EXPECT_EQ(deliver_to(hook).result, Outcome::failed);  // 404: the path may be mended
  EXPECT_EQ(deliver_to(hook).result, Outcome::failed);
  EXPECT_NE(deliver_to(hook).because.find("redirects are not followed"), std::string::npos);
  const auto hung_up = deliver_to(hook);
  EXPECT_EQ(hung_up.result, Outcome::failed);
  EXPECT_EQ(hung_up.because.find("secret-path"), std::string::npos) << hung_up.because;
}

TEST(Deliver, APeerThatSaysNothingOrNonsenseIsLeft) {
  DeliverySchedule schedule;
  schedule.deadline = 50ms;
  const ScriptedPeer silent({testing::stay_silent()});
  const NotifierOptions to_silent{.type = NotifierType::webhook,
                                  .url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/"};
  const auto late = deliver_to(to_silent, IncidentStage::open, schedule);
  EXPECT_EQ(late.result, Outcome::failed);
  EXPECT_NE(late.because.find("no answer within 50 ms"), std::string::npos) << late.because;

  const ScriptedPeer nonsense(
      {testing::say("SSH-2.0-OpenSSH_9.2\r\n\r\n"), testing::stay_silent()});
  const NotifierOptions to_nonsense{
      .type = NotifierType::webhook,
      .url = "http://127.0.0.1:" + std::to_string(nonsense.port()) + "/"};
  const auto wrong = deliver_to(to_nonsense);
  EXPECT_EQ(wrong.result, Outcome::failed);
  EXPECT_NE(wrong.because.find("no HTTP"), std::string::npos) << wrong.because;
}

TEST(Deliver, AnEndlessAnswerIsCutAtTheStatus) {
  const ScriptedPeer endless({testing::say("HTTP/1.1 200 OK\r\n\r\n"),
                              testing::flood("0123456789abcdef", std::size_t{1} << 24U)});
  const auto sent = deliver_to({.type = NotifierType::webhook,
                                .url = "http://127.0.0.1:" + std::to_string(endless.port()) + "/"});
  EXPECT_EQ(sent.result, Outcome::delivered) << sent.because;
}

TEST(Deliver, HttpsNeedsACertificateOfTheAuthority) {
  const auto authority = testing::make_authority("test authority");
  const auto identity = testing::make_certificate(authority, {.alternative_names = "IP:127.0.0.1"});
  HttpPeer peer({200}, testing::make_server_context(identity, nullptr));
  const testing::TempDir dir;
  testing::write_tree(dir.path(), {{"/ca.pem", testing::certificate_pem(authority)}});
  NotifierOptions hook{.type = NotifierType::webhook, .url = peer.url("/hook")};
  const auto stranger = deliver_to(hook);
  EXPECT_EQ(stranger.result, Outcome::failed);
  EXPECT_NE(stranger.because.find("certificate"), std::string::npos) << stranger.because;
  hook.ca_file = (dir.path() / "ca.pem").string();
  const auto known = deliver_to(hook);
  EXPECT_EQ(known.result, Outcome::delivered) << known.because;
}

TEST(Deliver, SendmailGetsTheMailWithoutAShell) {
  const Script sendmail("cat >mail; printf '%s ' \"$@\" >arguments");
  const auto sent = deliver_to(
      {.type = NotifierType::email, .to = {"ops@example.org"}, .sendmail = sendmail.path()},
      IncidentStage::not_healed);
  EXPECT_EQ(sent.result, Outcome::delivered) << sent.because;
  EXPECT_EQ(sendmail.written("arguments"), "-t -i ");
  EXPECT_TRUE(sendmail.written("mail").starts_with("To: ops@example.org\nSubject: [forkmend] db7"))
      << sendmail.written("mail");
}

TEST(Deliver, ACommandGetsItsArgumentsAndJson) {
  const Script tell("cat >json; printf '%s|' \"$@\" >arguments");
  const auto sent = deliver_to(
      {.type = NotifierType::command, .argv = {tell.path(), "a b", "$HOME", ";touch x"}});
  EXPECT_EQ(sent.result, Outcome::delivered) << sent.because;
  EXPECT_EQ(tell.written("arguments"), "a b|$HOME|;touch x|");
  const auto message = message_from_json(tell.written("json"));
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->cause, "nproc-limit");
}

TEST(Deliver, TheExitCodeSaysWhetherToTryAgain) {
  const auto ended = [](const std::string& body, DeliverySchedule schedule = {}) {
    const Script script(body);
    return deliver_to({.type = NotifierType::command, .argv = {script.path()}}, IncidentStage::open,
                      schedule);
  };
  const auto refused = ended("echo no such user >&2; exit 67");
  EXPECT_EQ(refused.result, Outcome::refused);
  EXPECT_EQ(refused.because, "exit 67: no such user");
  EXPECT_EQ(ended("exit 75").result, Outcome::failed);  // EX_TEMPFAIL
  EXPECT_EQ(ended("kill -9 $$").because, "ended by signal 9");
  DeliverySchedule schedule;
  schedule.deadline = 50ms;
  EXPECT_EQ(ended("exec sleep 60", schedule).result, Outcome::failed);
  const auto missing = deliver_to({.type = NotifierType::command, .argv = {"/nowhere/tell"}});
  EXPECT_EQ(missing.result, Outcome::failed);
  EXPECT_NE(missing.because.find("/nowhere/tell"), std::string::npos) << missing.because;
}

TEST(RetryDelay, DoublesUpToTheLongest) {
  const DeliverySchedule schedule;
  EXPECT_EQ(retry_delay(schedule, 1, 0), 1s);
  EXPECT_EQ(retry_delay(schedule, 2, 0), 2s);
  EXPECT_EQ(retry_delay(schedule, 5, 0), 16s);
  EXPECT_EQ(retry_delay(schedule, 5, 1), 12s);
  EXPECT_EQ(retry_delay(schedule, 1000000, 0), 5min);
}

}  // namespace
}  // namespace forkmend::notify
