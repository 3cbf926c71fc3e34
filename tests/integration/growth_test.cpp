// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// What the agent has seen of a server over time: kept, read by the next command, captured.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/units.hpp"
#include "support/lab/forkmend_program.hpp"
#include "support/lab/redis_server.hpp"

namespace forkmend::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class Growth : public ::testing::Test {
 protected:
  [[nodiscard]] json::object run(std::vector<std::string> words) const {
    int exit_code = 0;
    words.insert(words.end(), {"-i", server_.url()});
    return forkmend_.json(std::move(words), &exit_code);
  }

  [[nodiscard]] fs::path samples_file() const {
    for (const auto& entry : fs::directory_iterator(forkmend_.state_dir() + "/samples")) {
      return entry.path();
    }
    return {};
  }

  /// As if the agent had looked for ten hours while the server grew by 100 MiB an hour.
  void write_hours_of_samples() const {
    const fs::path file = samples_file();
    std::ifstream in(file);
    std::string newest;
    std::getline(in, newest);
    const auto now = *parse_time(newest.substr(0, newest.find(' ')));
    std::ofstream out(file);
    for (int i = 60; i > 0; --i) {
      const std::int64_t used = (std::int64_t{2000} << 20) - i * (std::int64_t{100} << 20) / 6;
      out << format_time(now - std::chrono::minutes(10 * i)) << " used_memory=" << used
          << " used_memory_dataset=" << used << " used_memory_rss=" << used << "\n";
    }
  }

  RedisServer server_;
  Forkmend forkmend_;
};

bool tells_growth(const json::object& diagnosis) {
  const json::object& instance = only_instance(diagnosis);
  const auto& strains = instance.at("strains").as_array();
  return std::ranges::any_of(strains, [](const json::value& strain) {
    return strain.as_object().at("id").as_string() == "memory-growth";
  });
}

TEST_F(Growth, OnePassOfTheAgentLeavesASample) {
  static_cast<void>(forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_.url()}));
  const fs::path file = samples_file();
  ASSERT_FALSE(file.empty());
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  // A second one within minutes adds nothing.
  const auto size = fs::file_size(file);
  static_cast<void>(forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_.url()}));
  EXPECT_EQ(fs::file_size(file), size);
}

TEST_F(Growth, CommandsThatOnlyReadLeaveNone) {
  static_cast<void>(run({"diagnose"}));
  static_cast<void>(run({"facts"}));
  EXPECT_FALSE(fs::exists(forkmend_.state_dir() + "/samples"));
}

TEST_F(Growth, BelongsToTheLifeOfTheServerThatWasSeen) {
  static_cast<void>(forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_.url()}));
  write_hours_of_samples();
  const auto diagnosis = run({"diagnose"});
  EXPECT_TRUE(tells_growth(diagnosis)) << diagnosis;
  const RedisServer other;
  int exit_code = 0;
  const auto of_other = forkmend_.json({"diagnose", "-i", other.url()}, &exit_code);
  EXPECT_FALSE(tells_growth(of_other)) << of_other;
}

TEST_F(Growth, ABundleHasIt) {
  static_cast<void>(forkmend_.run({"agent", "--once", "--mode", "observe", "-i", server_.url()}));
  write_hours_of_samples();
  const TempDir dir;
  const std::string folder = (dir.path() / "bundle").string();
  static_cast<void>(run({"capture", folder}));
  int exit_code = 0;
  const auto replayed = forkmend_.json({"diagnose", "--bundle", folder}, &exit_code);
  EXPECT_TRUE(tells_growth(replayed)) << replayed;
}

}  // namespace
}  // namespace forkmend::testing
