// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// The TLS of Boost.Asio is compiled here and nowhere else (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/ssl/impl/src.hpp>
