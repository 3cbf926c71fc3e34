// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "agent/policy/remedies.hpp"
#include "policy/policy.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::policy {
namespace {

using Files = std::map<std::string, std::string>;

using testing::HostTree;

std::string complaint(const std::string& path) {
  const auto result = load_policy(path, testing::kRemedies);
  const auto* errors = std::get_if<std::vector<PolicyError>>(&result);
  if (errors == nullptr || errors->size() != 1) return "no single error";
  return to_string(errors->front());
}

TEST(PolicyFiles, AreParsedUnderTheirName) {
  const HostTree tree(Files{{"/p.toml", "schema = 1\nmode = \"heal\"\n"}});
  const std::string path = (tree.path() / "p.toml").string();
  const auto result = load_policy(path, testing::kRemedies);
  ASSERT_TRUE(std::holds_alternative<Policy>(result));
  EXPECT_EQ(std::get<Policy>(result).source, path);
  EXPECT_EQ(std::get<Policy>(result).mode, Mode::heal);
}

TEST(PolicyFiles, ThatAreMissingAreNamed) {
  const HostTree tree(Files{{"/other", ""}});
  const std::string path = (tree.path() / "p.toml").string();
  EXPECT_EQ(complaint(path), path +
                                 ": cannot be read: No such file or directory; expected the path "
                                 "of a policy file");
}

TEST(PolicyFiles, AreNoDirectories) {
  const HostTree tree(Files{{"/p.toml/x", ""}});
  const std::string path = (tree.path() / "p.toml").string();
  EXPECT_EQ(complaint(path), path + ": is not a regular file; expected a readable policy file");
}

TEST(PolicyFiles, AreAtMostOneMebibyte) {
  const HostTree tree(Files{{"/p.toml", std::string((1U << 20U) + 1, '#')}});
  const std::string path = (tree.path() / "p.toml").string();
  EXPECT_EQ(complaint(path),
            path + ": is larger than 1048576 bytes; expected a policy of at most 1 MiB");
}

TEST(PolicyFiles, OfRootMustNotBeWritableByOthers) {
  const HostTree tree(Files{{"/p.toml", "schema = 1\n"}});
  const std::string path = (tree.path() / "p.toml").string();
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  if (geteuid() == 0) {
    EXPECT_EQ(complaint(path),
              path +
                  ": cannot be trusted: it can be written by everybody (mode 0666); expected a "
                  "file and directories that only root can change (chown root, chmod go-w)");
  } else {
    EXPECT_TRUE(std::holds_alternative<Policy>(load_policy(path, testing::kRemedies)));
  }
}

}  // namespace
}  // namespace forkmend::policy
