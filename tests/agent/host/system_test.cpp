// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/system.hpp"

#include <gtest/gtest.h>

#include "sample_host.hpp"
#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::Files;
using testing::HostTree;
using testing::sample_host;
using testing::with;

std::string container_of(const Files& changes) {
  const auto found = detect_container(HostTree(with(sample_host(), changes)).root());
  return found ? *found : std::string(to_string(found.error().code));
}

TEST(System, ReadsOsRelease) {
  const auto release = parse_os_release("NAME='Rocky'\nID=\"rocky\"\nVERSION_ID=8.10\n");
  EXPECT_EQ(release.id, "rocky");
  EXPECT_EQ(release.version, "8.10");
}

TEST(System, FindsOsReleaseInUsr) {
  const HostTree tree{{{"/usr/lib/os-release", "ID=arch\n"}}};
  const auto release = read_os_release(tree.root());
  ASSERT_TRUE(release);
  EXPECT_EQ(release->id, "arch");
  EXPECT_EQ(release->version, "");
}

TEST(System, CountsCpus) {
  EXPECT_EQ(*parse_cpu_list("0\n"), 1);
  EXPECT_EQ(*parse_cpu_list("0-3,8,10-11\n"), 7);
  EXPECT_FALSE(parse_cpu_list(""));
  EXPECT_FALSE(parse_cpu_list("3-1"));
  EXPECT_FALSE(parse_cpu_list("0-9999999"));
}

TEST(System, CountsTasks) {
  EXPECT_EQ(*read_task_count(HostTree(sample_host()).root()), 412);
  EXPECT_FALSE(read_task_count(HostTree{{{"/proc/loadavg", "0.08 0.14\n"}}}.root()));
  EXPECT_FALSE(read_task_count(HostTree{{{"/proc/loadavg", "0 0 0 412 9\n"}}}.root()));
}

TEST(System, ReadsThePageSizeFromTheAuxiliaryVector) {
  const std::string auxv(
      "\x10\0\0\0\0\0\0\0\xff\x01\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0", 32);
  const HostTree tree(with(sample_host(), {{"/proc/self/auxv", auxv}}));
  EXPECT_EQ(*read_page_size(tree.root()), 65536);
}

TEST(System, ComputesThePageSizeFromTheSameAmountInTwoUnits) {
  EXPECT_EQ(*read_page_size(HostTree(sample_host()).root()), 4096);
  const HostTree arm{{{"/proc/meminfo", "MemTotal: 8000000 kB\nMemFree: 640000 kB\n"},
                      {"/proc/vmstat", "nr_free_pages 10100\n"}}};
  EXPECT_EQ(*read_page_size(arm.root()), 65536);
}

TEST(System, KnowsThePageSizeOfX86) {
  const HostTree tree{{{"/proc/sys/kernel/osrelease", "4.18.0-553.el8_10.x86_64\n"}}};
  EXPECT_EQ(*read_page_size(tree.root()), 4096);
}

TEST(System, DoesNotGuessThePageSize) {
  const HostTree tree{{{"/proc/sys/kernel/osrelease", "6.1.0-18-arm64\n"}}};
  EXPECT_EQ(read_page_size(tree.root()).error().code, Errc::not_found);
}

TEST(System, TellsTheInitialUserNamespace) {
  const HostTree tree{{{"/proc/self/ns/user", "-> user:[4026531837]"},
                       {"/proc/812/ns/user", "-> user:[4026532201]"}}};
  EXPECT_TRUE(*in_initial_user_namespace(tree.root(), "self"));
  EXPECT_FALSE(*in_initial_user_namespace(tree.root(), "812"));
  EXPECT_FALSE(in_initial_user_namespace(tree.root(), "813"));
}

TEST(System, TellsWhetherSystemdRuns) {
  EXPECT_TRUE(systemd_running(HostTree(sample_host()).root()));
  EXPECT_FALSE(systemd_running(HostTree{{{"/etc/x", "x"}}}.root()));
}

TEST(Container, IsNoneOnAHost) {
  EXPECT_EQ(container_of({}), "none");
}

TEST(Container, IsFoundByItsMarks) {
  EXPECT_EQ(container_of({{"/.dockerenv", "x"}}), "docker");
  EXPECT_EQ(container_of({{"/run/.containerenv", "engine=\"podman\"\n"}}), "podman");
  EXPECT_EQ(container_of({{"/run/systemd/container", "systemd-nspawn\n"}}), "systemd-nspawn");
  EXPECT_EQ(container_of({{"/run/host/container-manager", "flatpak\n"}}), "flatpak");
  EXPECT_EQ(container_of({{"/proc/vz/version", "1"}}), "openvz");
}

TEST(Container, ALeftoverOfAnImageIsNoMark) {
  // A virtual machine made from a container image keeps its /.dockerenv.
  EXPECT_EQ(container_of({{"/.dockerenv", "x"},
                          {"/proc/self/ns/mnt", "-> mnt:[4026531841]"},
                          {"/proc/1/ns/mnt", "-> mnt:[4026531841]"}}),
            "none");
  EXPECT_EQ(container_of({{"/.dockerenv", "x"}, {"/proc/self/ns/mnt", "-> mnt:[4026531832]"}}),
            "none");
  // A container that shares the host's pid namespace still has files of its own.
  EXPECT_EQ(container_of({{"/.dockerenv", "x"},
                          {"/proc/self/ns/mnt", "-> mnt:[4026532200]"},
                          {"/proc/1/ns/mnt", "-> mnt:[4026531841]"}}),
            "docker");
}

TEST(Container, IsNotTheHostOfOpenVz) {
  EXPECT_EQ(container_of({{"/proc/vz/version", "1"}, {"/proc/bc/0", "1"}}), "none");
}

TEST(Container, IsFoundByTheEnvironmentOfInit) {
  EXPECT_EQ(container_of({{"/proc/1/environ", std::string("HOME=/\0container=lxc\0", 21)}}), "lxc");
}

TEST(Container, IsFoundByItsCgroup) {
  EXPECT_EQ(
      container_of({{"/proc/self/cgroup",
                     "0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-1.scope\n"}}),
      "kubernetes");
  EXPECT_EQ(container_of({{"/proc/self/cgroup", "0::/system.slice/docker.service\n"}}), "none");
}

TEST(Container, IsFoundByItsNamespaces) {
  EXPECT_EQ(container_of({{"/proc/self/ns/pid", "-> pid:[4026532201]"}}), "namespace");
  EXPECT_EQ(container_of({{"/proc/self/ns/cgroup", "-> cgroup:[4026532300]"}}), "namespace");
}

TEST(Container, IsNotGuessedWithoutAnySign) {
  EXPECT_EQ(container_of({{"/proc/self/ns/pid", ""}}), "not-found");
}

}  // namespace
}  // namespace forkmend::host
