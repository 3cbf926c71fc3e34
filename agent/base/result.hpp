// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#pragma once

#include <boost/system/result.hpp>

#include "base/error.hpp"

namespace forkmend {

/// A value or an Error. [[nodiscard]] as a class, so that no call site can drop one by accident.
///
///     auto text = root.read("/proc/meminfo");
///     if (!text) return text.error().during("collecting host facts");
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

/// The value of a Result<void> that went well.
inline Result<void> ok() {
  return Result<void>();
}

}  // namespace forkmend
