// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/mail.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/notify/example_message.hpp"
#include "base/text.hpp"

namespace forkmend::notify {
namespace {

using ::forkmend::testing::example_message;

constexpr WallTime kMailed{std::chrono::seconds(1764194589)};

NotifierOptions to_ops() {
  return {.type = NotifierType::email, .to = {"ops@example.org", "root"}, .from = "forkmend@db7"};
}

TEST(Mail, HasHeadersAndWhatAPersonNeeds) {
  const std::string mail = mail_text(example_message(IncidentStage::not_healed, kMailed), to_ops());
  EXPECT_TRUE(
      mail.starts_with("To: ops@example.org, root\n"
                       "From: forkmend@db7\n"
                       "Subject: [forkmend] db7: redis://127.0.0.1:6379: not healed "
                       "(nproc-limit)\n"
                       "Date: Wed, 26 Nov 2025 22:03:09 +0000\n"
                       "Auto-Submitted: auto-generated\n"))
      << mail;
  EXPECT_NE(mail.find("\n\nrdb-save fails at fork: EAGAIN\n"), std::string::npos) << mail;
  EXPECT_NE(mail.find("\nforkmend history show i-20261125T171727-a96f\n"), std::string::npos);
}

TEST(Mail, NothingOfAMessageBeginsAHeader) {
  IncidentMessage message = example_message(IncidentStage::open, kMailed);
  message.host = "db7\nBcc: evil@example.org";
  message.cause = "x\r\n\r\nbody \xc3\xa9";
  message.summary = "a\n\nb\n.\nc";
  const std::string mail = mail_text(message, to_ops());
  const std::string head = mail.substr(0, mail.find("\n\n"));
  EXPECT_EQ(std::count(head.begin(), head.end(), '\n'), 7) << head;
  EXPECT_EQ(mail.find("\nBcc"), std::string::npos) << mail;
  EXPECT_EQ(mail.find("\n.\n"), std::string::npos) << mail;
  EXPECT_TRUE(
      std::ranges::all_of(head, [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
}

TEST(Mail, LongTextIsWrapped) {
  IncidentMessage message = example_message(IncidentStage::open, kMailed);
  message.summary.clear();
  for (int i = 0; i < 100; ++i) message.summary += "word" + std::to_string(i) + " ";
  message.summary += std::string(3000, 'x');
  const std::string mail = mail_text(message, to_ops());
  for (const auto line : lines_of(mail)) EXPECT_LE(line.size(), 998U) << line;
  EXPECT_NE(mail.find("word99\n"), std::string::npos) << mail;
}

}  // namespace
}  // namespace forkmend::notify
