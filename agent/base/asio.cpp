// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
// Boost.Asio is compiled here and nowhere else (BOOST_ASIO_SEPARATE_COMPILATION); its TLS in
// redis/asio_ssl.cpp.
#include <boost/asio/impl/src.hpp>
