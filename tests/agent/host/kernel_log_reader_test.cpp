// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "host/kernel_log_reader.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string_view>

#include "support/temp_dir.hpp"

namespace forkmend::host {
namespace {

using testing::HostTree;

constexpr std::string_view kRefusal =
    "4,2,2000,-;__vm_enough_memory: pid: 812, comm: redis-server, not enough memory for the "
    "allocation\n";
constexpr std::string_view kRejection =
    "6,3,3000,-;cgroup: fork rejected by pids controller in /system.slice/redis.service\n";

/// A device that gives what is written to it, once.
class KernelLogReaderTest : public ::testing::Test {
 protected:
  KernelLogReaderTest() {
    const std::string path = tree_.path() / "dev/kmsg";
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    writer_ = Descriptor(open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  void log(std::string_view record) const {
    EXPECT_EQ(write(writer_.get(), record.data(), record.size()),
              static_cast<ssize_t>(record.size()));
  }

  HostTree tree_{{{"/dev/null", ""}}};
  Descriptor writer_;
  KernelLogReader reader_;
};

TEST_F(KernelLogReaderTest, KeepsWhatItHasReadAndAddsWhatIsNew) {
  log(kRefusal);
  ASSERT_EQ(reader_.read(tree_.root())->size(), 1U);
  EXPECT_EQ(reader_.read(tree_.root())->size(), 1U);
  log(kRejection);
  const auto both = reader_.read(tree_.root());
  ASSERT_TRUE(both);
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[0].at, std::chrono::microseconds(2000));
  EXPECT_EQ((*both)[1].sequence, 3U);
}

TEST_F(KernelLogReaderTest, LeavesOutWhatTellsOfNothing) {
  log("6,1,1000,-;NET: Registered protocol family 10\n");
  const auto known = reader_.read(tree_.root());
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->empty());
}

TEST(KernelLogReader, SaysThatThereIsNone) {
  const HostTree tree{{{"/x", "x"}}};
  EXPECT_EQ(KernelLogReader().read(tree.root()).error().code, Errc::not_found);
}

}  // namespace
}  // namespace forkmend::host
