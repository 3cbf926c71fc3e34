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
  if (url.has_port() && url.port_number() == 0) return bad_url("the port is no number up to 65535");
  const auto port = static_cast<std::uint16_t>(tls ? 443 : 80);
  HttpUrl out;
  out.endpoint = {tls ? redis::Transport::tls : redis::Transport::tcp, url.host_address(),
                  url.has_port() ? url.port_number() : port};
  out.authority = std::string(url.encoded_host_and_port());
  out.target = std::string(url.encoded_target());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, "/");
  return out;
}

}  // namespace forkmend::notify
