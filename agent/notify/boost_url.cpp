// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Boost.URL is compiled here and nowhere else: Debian has its headers, not its library.
#include <boost/url/src.hpp>
