// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "policy/trust.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace forkmend::policy {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::uint32_t kDirectory = S_IFDIR;
constexpr std::uint32_t kFile = S_IFREG;

TEST(Trust, IsInWhatOnlyRootCanChange) {
  const std::array way = {PathOwner{"/", 0, kDirectory | 0755},
                          PathOwner{"/etc", 0, kDirectory | 0755},
                          PathOwner{"/etc/p.toml", 0, kFile | 0644}};
  EXPECT_EQ(why_untrusted(way), std::nullopt);
}

TEST(Trust, IsLostByAFileOfAnotherUser) {
  const std::array way = {PathOwner{"/", 0, kDirectory | 0755},
                          PathOwner{"/p.toml", 1000, kFile | 0644}};
  EXPECT_EQ(why_untrusted(way), "cannot be trusted: it belongs to uid 1000");
}

TEST(Trust, IsLostByAWriteBitOfTheFile) {
  const std::array group = {PathOwner{"/p.toml", 0, kFile | 0664}};
  EXPECT_EQ(why_untrusted(group), "cannot be trusted: it can be written by its group (mode 0664)");
  const std::array all = {PathOwner{"/p.toml", 0, kFile | 0646}};
  EXPECT_EQ(why_untrusted(all), "cannot be trusted: it can be written by everybody (mode 0646)");
}

TEST(Trust, IsLostByADirectoryAbove) {
  const std::array way = {PathOwner{"/srv", 0, kDirectory | 0775},
                          PathOwner{"/srv/p", 0, kFile | 0644}};
  EXPECT_EQ(why_untrusted(way),
            "cannot be trusted: /srv, which leads to it, can be written by its group (mode 0775)");
  const std::array owner = {PathOwner{"/home/eve", 1000, kDirectory | 0755},
                            PathOwner{"/home/eve/p", 0, kFile | 0644}};
  EXPECT_EQ(why_untrusted(owner),
            "cannot be trusted: /home/eve, which leads to it, belongs to uid 1000");
}

TEST(Trust, HoldsInAStickyDirectoryOfRoot) {
  const std::array way = {PathOwner{"/tmp", 0, kDirectory | 01777},
                          PathOwner{"/tmp/p", 0, kFile | 0600}};
  EXPECT_EQ(why_untrusted(way), std::nullopt);
  const std::array foreign = {PathOwner{"/tmp", 0, kDirectory | 01777},
                              PathOwner{"/tmp/p", 7, kFile | 0600}};
  EXPECT_EQ(why_untrusted(foreign), "cannot be trusted: it belongs to uid 7");
  const std::array file = {PathOwner{"/tmp/p", 0, kFile | 01666}};
  EXPECT_NE(why_untrusted(file), std::nullopt);
}

TEST(Trust, LooksAtTheOwnerOfALinkAndNotAtItsMode) {
  const std::array way = {PathOwner{"/l", 0, S_IFLNK | 0777}, PathOwner{"/p", 0, kFile | 0644}};
  EXPECT_EQ(why_untrusted(way), std::nullopt);
  const std::array foreign = {PathOwner{"/l", 9, S_IFLNK | 0777}, PathOwner{"/p", 0, kFile | 0644}};
  EXPECT_EQ(why_untrusted(foreign), "cannot be trusted: /l, which leads to it, belongs to uid 9");
}

bool passes(const std::vector<PathOwner>& way, const std::filesystem::path& path) {
  return std::ranges::find(way, path.string(), &PathOwner::path) != way.end();
}

TEST(PathWalk, SeesLinksAndTheDirectoriesTheyLeadThrough) {
  const testing::HostTree tree(Files{{"/real/deep/p.toml", "schema = 1\n"},
                                     {"/etc/policy", "-> ../real/./deep"},
                                     {"/start.toml", "-> etc/policy/p.toml"}});
  const auto way = walk_path((tree.path() / "start.toml").string());
  ASSERT_TRUE(way.has_value()) << way.error().message;
  EXPECT_EQ(way->front().path, "/");
  for (const char* name : {"start.toml", "etc", "etc/policy", "real", "real/deep"}) {
    EXPECT_TRUE(passes(*way, tree.path() / name)) << name;
  }
  EXPECT_EQ(way->back().path, (tree.path() / "real/deep/p.toml").string());
}

TEST(PathWalk, GivesUpOnALoop) {
  const testing::HostTree tree(Files{{"/a", "-> b"}, {"/b", "-> a"}});
  const auto way = walk_path((tree.path() / "a").string());
  ASSERT_TRUE(way.has_error());
  EXPECT_EQ(way.error().sys_errno, ELOOP);
}

TEST(TrustedFiles, AreReadWhenTheWayIsNotInQuestion) {
  const testing::HostTree tree(Files{{"/p.toml", "schema = 1\n"}});
  const auto text = read_trusted((tree.path() / "p.toml").string(), 100, TrustCheck::never);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text, "schema = 1\n");
}

TEST(TrustedFiles, AreRefusedWhenOthersCanWriteThem) {
  const testing::HostTree tree(Files{{"/p.toml", "schema = 1\n"}});
  const std::string path = (tree.path() / "p.toml").string();
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  const auto text = read_trusted(path, 100, TrustCheck::always);
  ASSERT_TRUE(text.has_error());
  EXPECT_EQ(text.error().code, Errc::permission_denied);
}

TEST(TrustedFiles, HaveALimitAndAreRegular) {
  const testing::HostTree tree(Files{{"/p.toml", "0123456789"}});
  const std::string path = (tree.path() / "p.toml").string();
  EXPECT_TRUE(read_trusted(path, 10, TrustCheck::never).has_value());
  EXPECT_EQ(read_trusted(path, 9, TrustCheck::never).error().code, Errc::too_large);
  EXPECT_EQ(read_trusted(tree.path().string(), 9, TrustCheck::never).error().code, Errc::invalid);
  const std::string fifo = (tree.path() / "fifo").string();
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(read_trusted(fifo, 9, TrustCheck::never).error().code, Errc::invalid);
}

}  // namespace
}  // namespace forkmend::policy
