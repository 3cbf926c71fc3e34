// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Boost.Asio is compiled here and nowhere else (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
