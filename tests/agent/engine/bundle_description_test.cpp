// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "engine/bundle_description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.hpp"

namespace forkmend::engine {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead =
    "schema = 1\ncaptured_at = \"2026-11-25T03:10:00.5Z\"\nboot = 100000.25\n"
    "forkmend = \"0.1.0\"\nkernel = \"6.1.0-18-amd64\"\n";

std::string error_of(const std::string& text) {
  const auto parsed = parse_bundle_description(text, "b/bundle.toml");
  return parsed ? "" : parsed.error().message;
}

BundleDescription full() {
  BundleDescription description;
  description.captured_at = *parse_time("2026-11-25T03:10:00.123456789Z");
  description.boot = std::chrono::nanoseconds(100'000'123'456'000);
  description.forkmend = "0.1.0";
  description.kernel = "6.1.0";
  description.host_name = "db3";
  description.uid = 999;
  description.utc_offset = -330;
  description.kernel_log_refused = "opening /dev/kmsg: Operation not permitted";
  description.paths.absent = {"/proc/vz"};
  description.paths.unread = {"/proc/acpi", "/with \"quotes\""};
  description.paths.unreadable = {{"/proc/1/environ", 13}};
  description.paths.unreadable_links = {{"/proc/1/ns/mnt", 13}};
  description.paths.links = {{"/proc/812/root", "/"}};
  BundledInstance instance;
  instance.name = "redis-6379-812";
  instance.endpoint = "redis://127.0.0.1:6379";
  instance.locality = {true, 812, 90321, "its socket is held by process 812"};
  instance.observed = {description.captured_at, description.boot};
  instance.config_is_whole = true;
  instance.log_file = "/var/log/redis.log";
  instance.log_changed_at = 1795576198;
  description.instances.push_back(instance);
  instance.name = "other";
  instance.config_is_whole = false;
  instance.config_refused = "CONFIG GET was refused: NOPERM";
  instance.log_file = "";
  instance.log_changed_at = 0;
  instance.log_state = FactState::not_applicable;
  instance.log_because = "the log goes to a pipe";
  description.instances.push_back(instance);
  return description;
}

TEST(BundleDescription, ComesBackAsItWasWritten) {
  const BundleDescription wrote = full();
  const auto read = parse_bundle_description(to_toml(wrote), "bundle.toml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(to_toml(*read), to_toml(wrote));
  EXPECT_EQ(read->captured_at, wrote.captured_at);
  EXPECT_EQ(read->boot, wrote.boot);
  EXPECT_EQ(read->paths.absent, wrote.paths.absent);
  EXPECT_EQ(read->paths.unread, wrote.paths.unread);
  EXPECT_EQ(read->paths.unreadable, wrote.paths.unreadable);
  EXPECT_EQ(read->paths.links, wrote.paths.links);
  ASSERT_EQ(read->instances.size(), 2U);
  EXPECT_TRUE(read->instances[0].locality.local);
  EXPECT_EQ(read->instances[0].locality.start_time, 90321U);
  EXPECT_EQ(read->instances[0].observed.boot, wrote.boot);
  EXPECT_EQ(read->instances[1].log_state, FactState::not_applicable);
  EXPECT_FALSE(read->instances[1].config_is_whole);
}

TEST(BundleDescription, NeedsItsHead) {
  EXPECT_THAT(error_of(""), HasSubstr("schema is missing"));
  EXPECT_THAT(error_of("schema = 1\n"), HasSubstr("captured_at is missing"));
  EXPECT_EQ(error_of(kHead), "");
}

TEST(BundleDescription, TakesNoOtherSchema) {
  EXPECT_THAT(error_of("schema = 2\nwhatever = 1\n"), HasSubstr("b/bundle.toml:1:10: schema is the "
                                                                "number 2; expected schema = 1"));
}

TEST(BundleDescription, NamesFileLineAndWhatWasExpected) {
  EXPECT_THAT(error_of(std::string(kHead) + "uid = \"root\"\n"),
              HasSubstr("b/bundle.toml:6:7: uid is the string \"root\"; expected a whole number"));
  EXPECT_THAT(error_of("schema = 1\ncaptured_at = 7\n"),
              HasSubstr("b/bundle.toml:2:15: captured_at is the number 7; expected a time"));
  EXPECT_THAT(error_of("schema = = 1\n"), HasSubstr("b/bundle.toml:1:"));
}

TEST(BundleDescription, RefusesKeysItDoesNotKnow) {
  EXPECT_THAT(error_of(std::string(kHead) + "kernle = \"x\"\n"), HasSubstr("kernle"));
}

TEST(BundleDescription, RefusesNamesThatLeadElsewhere) {
  for (const char* name : {"..", "a/b", ".hidden", "", "a b"}) {
    EXPECT_FALSE(is_instance_name(name)) << name;
  }
  EXPECT_TRUE(is_instance_name("redis-6379_1.a"));
  const std::string instance =
      "[[instance]]\nname = \"../x\"\nendpoint = \"redis://h\"\n"
      "observed_at = \"2026-11-25T03:10:00Z\"\nboot = 1\n";
  EXPECT_THAT(error_of(kHead + instance), HasSubstr("no folder's name"));
}

TEST(BundleDescription, RefusesTwoOfOneName) {
  const std::string instance =
      "[[instance]]\nname = \"a\"\nendpoint = \"redis://h\"\n"
      "observed_at = \"2026-11-25T03:10:00Z\"\nboot = 1\n";
  EXPECT_THAT(error_of(kHead + instance + instance), HasSubstr("two instances have the name"));
}

TEST(BundleDescription, ReportsEveryMistake) {
  const std::string errors = error_of(std::string(kHead) +
                                      "uid = -1\nutc_offset = 9000\n[host]\nabsent = [7]\n"
                                      "[host.unreadable]\n\"/a\" = \"EACCES\"\nb = 13\n");
  EXPECT_EQ(std::ranges::count(errors, '\n'), 4) << errors;
}

}  // namespace
}  // namespace forkmend::engine
