// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Logs of real servers that are not simply in the file that logfile names.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kRefused = "Can't save in background: fork: Resource temporarily unavailable";

ServerOptions options_of(bool to_stdout) {
  ServerOptions options;
  options.run_as = ordinary_user();
  options.arguments = {"--save", "3600 1"};
  options.logs_to_stdout = to_stdout;
  return options;
}

class LogSources : public ::testing::Test {
 protected:
  explicit LogSources(bool to_stdout = false) : server_(options_of(to_stdout)) {
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  /// The failure that the log tells of; its source is the log that was read.
  void expect_told(const std::string& name) const {
    const auto document = run({"diagnose", "--json", "-i", server_.url()});
    EXPECT_EQ(at_path(document, "instances.0.failures.0.text"), kRefused) << document;
    EXPECT_EQ(at_path(document, "instances.0.failures.0.source"), "server log " + name);
    EXPECT_EQ(at_path(document, "instances.0.causes.0.id"), "nproc-limit") << document;
  }

  /// A bundle says what the host says.
  void expect_captured() const {
    const std::string folder = (dir_.path() / "bundle").string();
    auto captured = run({"capture", folder, "--json", "-i", server_.url()});
    const auto replayed = run({"diagnose", "--bundle", folder, "--json"});
    captured["instances"].as_array()[0].as_object().erase("bundle_name");
    EXPECT_EQ(json::serialize(captured["instances"]), json::serialize(replayed.at("instances")));
    EXPECT_EQ(at_path(replayed, "instances.0.failures.0.text"), kRefused);
  }

  /// One more line, which is not about a save.
  void say(const std::string& word) const {
    server_.call({"DEBUG", "LOG", word});
    server_.wait_for_log("DEBUG LOG: " + word);
  }

  json::object run(std::vector<std::string> words) const {
    return json::parse(forkmend_.run(std::move(words)).out).as_object();
  }

  RedisServer server_;
  Forkmend forkmend_;
  TempDir dir_;
};

class LogOnStdout : public LogSources {
 protected:
  LogOnStdout() : LogSources(true) {}
};

TEST_F(LogOnStdout, IsReadInTheFileThatItGoesTo) {
  ASSERT_EQ(server_.call({"CONFIG", "GET", "logfile"}), "logfile");
  expect_told(server_.log_file());
  expect_captured();
}

TEST_F(LogOnStdout, IsFollowedWhenTheFileWasRenamed) {
  fs::rename(server_.log_file(), server_.log_file() + ".1");
  write_tree(server_.directory(), {{"/redis.log", "not of this server\n"}});
  expect_told(server_.log_file() + ".1");
}

TEST_F(LogOnStdout, IsReadThroughTheServerWhenTheFileWasDeleted) {
  fs::remove(server_.log_file());
  expect_told(server_.log_file() + " (deleted)");
  expect_captured();
}

TEST_F(LogOnStdout, IsReadOverACopyAndTruncation) {
  fs::copy_file(server_.log_file(), server_.log_file() + ".1");
  fs::resize_file(server_.log_file(), 0);
  expect_told(server_.log_file());
  say("after");
  expect_told(server_.log_file());
  expect_captured();
}

TEST_F(LogSources, AreReadOverARenamedFile) {
  fs::rename(server_.log_file(), server_.log_file() + "-20261125");
  say("anew");
  expect_told(server_.log_file());
  expect_captured();
}

TEST_F(LogSources, AreReadOverACopyAndTruncation) {
  fs::copy_file(server_.log_file(), server_.log_file() + ".1");
  fs::resize_file(server_.log_file(), 0);
  say("after");
  expect_told(server_.log_file());
}

}  // namespace
}  // namespace forkmend::testing
