// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace forkmend {
namespace {

TEST(Errors, SayWhatFailedAndWhile) {
  const Error error =
      errno_error(EROFS, "writing /proc/sys/vm/overcommit_memory").during("applying step 1");
  EXPECT_EQ(error.code, Errc::read_only);
  EXPECT_EQ(error.sys_errno, EROFS);
  EXPECT_EQ(
      error.message,
      "writing /proc/sys/vm/overcommit_memory: Read-only file system (while applying step 1)");
}

TEST(Errors, NamesOfErrno) {
  EXPECT_EQ(errno_name(ENOMEM), "ENOMEM");
  EXPECT_EQ(errno_name(4242), "errno 4242");
}

TEST(Results, HoldAValueOrAnError) {
  const Result<int> good = 3;
  const Result<int> bad = Error{Errc::timeout, "too late"};
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(*good, 3);
  ASSERT_TRUE(bad.has_error());
  EXPECT_EQ(bad.error().code, Errc::timeout);
  EXPECT_TRUE(ok().has_value());
}

}  // namespace
}  // namespace forkmend
