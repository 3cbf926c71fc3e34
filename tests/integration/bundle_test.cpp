// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// A bundle of a real failing server: it answers as the server's host did, and it tells no secret.
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

constexpr const char* kPassword = "correct-horse-battery";
constexpr const char* kAclPassword = "staple-of-alice";
constexpr const char* kAclUser = "alice-the-auditor";
constexpr const char* kKey = "salary:of:carol";
constexpr const char* kClientName = "payroll-worker";

class Bundle : public ::testing::Test {
 protected:
  Bundle() : server_(options()) {
    server_.call({"SET", kKey, "very-private-value"});
    server_.call({"ACL", "SETUSER", kAclUser, "on", std::string(">") + kAclPassword, "+@all"});
    server_.call({"CLIENT", "SETNAME", kClientName});
    refuse_forks_by_nproc(server_.pid());
    server_.save_that_fails();
  }

  static ServerOptions options() {
    ServerOptions options;
    options.run_as = ordinary_user();
    options.password = kPassword;
    options.arguments = {"--save", "3600 1"};
    return options;
  }

  [[nodiscard]] std::string folder() const { return (dir_.path() / "bundle").string(); }

  json::object run(std::vector<std::string> words) const {
    const auto result = forkmend_.run(std::move(words), {{"REDISCLI_AUTH", kPassword}});
    return json::parse(result.out).as_object();
  }

  RedisServer server_;
  Forkmend forkmend_;
  TempDir dir_;
};

TEST_F(Bundle, AnswersAsTheHostDid) {
  auto captured = run({"capture", folder(), "--json", "-i", server_.url()});
  const auto replayed = run({"diagnose", "--bundle", folder(), "--json"});
  ASSERT_EQ(captured["instances"].as_array().size(), 1U) << captured;
  auto& instance = captured["instances"].as_array()[0].as_object();
  EXPECT_EQ(at_path(captured, "instances.0.causes.0.id"), "nproc-limit") << captured;
  instance.erase("bundle_name");
  EXPECT_EQ(json::serialize(captured["instances"]), json::serialize(replayed.at("instances")));
  EXPECT_EQ(json::serialize(captured["host"].as_object()["kernel"]),
            json::serialize(replayed.at("host").as_object().at("kernel")));
}

TEST_F(Bundle, HasEveryFactOfTheHost) {
  const auto facts = run({"facts", "--json", "-i", server_.url()});
  run({"capture", folder(), "--json", "-i", server_.url()});
  const auto replayed = run({"facts", "--bundle", folder(), "--json"});
  const auto states = [](const json::object& document) {
    std::map<std::string, std::string> all;
    const auto& own = only_instance(document).at("facts").as_array();
    for (const auto& fact : own) {
      const std::string name(fact.at("name").as_string());
      // Statistics of commands and latencies come with the first question that is asked.
      if (name.starts_with("redis.")) continue;
      all[name] = fact.at("state").as_string();
    }
    for (const auto& fact : document.at("facts").as_array()) {
      all[std::string(fact.at("name").as_string())] = fact.at("state").as_string();
    }
    return all;
  };
  EXPECT_EQ(states(facts), states(replayed));
}

TEST_F(Bundle, SaysHowFullTheDirectoryIs) {
  run({"capture", folder(), "--json", "-i", server_.url()});
  const std::string statvfs = read_file(folder() + "/statvfs.toml");
  EXPECT_NE(statvfs.find("[\"" + server_.directory() + "\"]"), std::string::npos) << statvfs;
  for (const char* key : {"block_size = ", "bavail = ", "favail = ", "type = \"", "options = \""}) {
    EXPECT_NE(statvfs.find(key), std::string::npos) << key;
  }
}

TEST_F(Bundle, TellsNoSecret) {
  run({"capture", folder(), "--json", "-i", server_.url()});
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    ++files;
    const std::string content = read_file(entry.path());
    for (const char* secret : {kPassword, kAclPassword, kAclUser, kKey, kClientName,
                               "very-private-value", "requirepass", "REDISCLI_AUTH"}) {
      EXPECT_EQ(content.find(secret), std::string::npos) << secret << " in " << entry.path();
      EXPECT_EQ(entry.path().string().find(secret), std::string::npos) << entry.path();
    }
    EXPECT_EQ(content.find("addr="), std::string::npos) << entry.path();
    EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0600U) << entry.path();
  }
  EXPECT_GT(files, 20U);
}

TEST_F(Bundle, PlansAsTheHostWould) {
  const auto live = run({"fix", "--dry-run", "--json", "-i", server_.url()});
  run({"capture", folder(), "--json", "-i", server_.url()});
  const auto replayed = run({"fix", "--dry-run", "--json", "--bundle", folder()});
  EXPECT_EQ(at_path(replayed, "instances.0.plan.id"), at_path(live, "instances.0.plan.id"))
      << replayed;
  EXPECT_NE(at_path(replayed, "instances.0.plan.id"), "");
}

TEST_F(Bundle, IsForLookingOnly) {
  run({"capture", folder(), "--json", "-i", server_.url()});
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"fix", "--yes"},
                                             {"fix"},
                                             {"rollback", "--all"},
                                             {"history"},
                                             {"agent", "--once"},
                                             {"capture", folder() + "2"}}) {
    auto all = words;
    all.insert(all.end(), {"--bundle", folder()});
    const auto result = forkmend_.run(all);
    EXPECT_EQ(result.exit_code, 2) << words[0];
    EXPECT_NE(result.err.find("--bundle"), std::string::npos) << result.err;
  }
  for (const char* command : {"audit", "forecast", "facts", "diagnose"}) {
    EXPECT_EQ(forkmend_.run({command, "--bundle", folder()}).err, "") << command;
  }
  EXPECT_EQ(
      forkmend_.run({"diagnose", "--bundle", folder(), "-i", "redis://127.0.0.1:1"}).exit_code, 2);
}

TEST_F(Bundle, IsNotWrittenOverSomethingElse) {
  const auto result =
      forkmend_.run({"capture", dir_.path().parent_path().string(), "-i", server_.url()},
                    {{"REDISCLI_AUTH", kPassword}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("expected a new or empty directory"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace forkmend::testing
