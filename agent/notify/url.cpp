// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "notify/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hpp"

namespace forkmend::notify {

namespace {

Error bad_url(std::string_view why) {
  return Error{Errc::invalid,
               "url: " + std::string(why) + "; expected http://HOST[:PORT]/... or https://..."};
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return bad_url("it is no URL");
  const boost::urls::url_view& url = *parsed;
  const bool tls = url.scheme_id() == boost::urls::scheme::https;
  if (!tls && url.scheme_id() != boost::urls::scheme::http) {
    return bad_url("scheme \"" + printable(std::string(url.scheme()), 20) + "\"");
  }
  if (url.has_userinfo()) return bad_url("user and password are not taken from a URL");
  if (url.host_address().empty()) return bad_url("there is no host");
  // Not port_number(), which takes 99999 for 34463.
  const std::string written(url.port());
  const auto port = written.empty() ? (tls ? 443 : 80) : parse_integer(written).value_or(0);
  if (port < 1 || port > 65535) return bad_url("the port is no number from 1 to 65535");
  HttpUrl out;
  out.endpoint = {tls ? redis::Transport::tls : redis::Transport::tcp, url.host_address(),
                  static_cast<std::uint16_t>(port)};
  out.authority = std::string(url.encoded_host_and_port());
  out.target = std::string(url.encoded_target());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, "/");
  return out;
}

}  // namespace forkmend::notify
