// SPDX-License-Identifier: MIT
// Copyright the forkmend authors
#include "metrics/http_session.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <string_view>
#include <utility>

#include "metrics/exposition.hpp"
#include "redis/deadline.hpp"

namespace forkmend::metrics {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Answer = http::response<http::string_body>;
using SessionPtr = std::shared_ptr<HttpSession>;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);
/// A request here has no body; one that was sent all the same is read as far as this.
constexpr std::uint64_t kMostBody = 1024;
/// What a client may still send after our answer before we hang up on it.
constexpr std::size_t kMostDrained = 65536;
constexpr std::chrono::milliseconds kDrainTime{1000};

struct Asked {
  http::verb method = http::verb::unknown;
  std::string path;
};

Answer page(http::status status, std::string body, std::string_view type = "text/plain") {
  Answer answer(status, 11);
  answer.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  answer.set(http::field::cache_control, "no-store");
  answer.keep_alive(false);
  answer.body() = std::move(body);
  answer.prepare_payload();
  return answer;
}

Answer refusal(http::status status) {
  return page(status, std::string(http::obsolete_reason(status)) + "\n");
}

Answer answer_to(const Asked& asked, const HttpServer::Page& metrics) {
  if (asked.path != "/metrics" && asked.path != "/healthz") {
    return page(http::status::not_found, "There are /metrics and /healthz.\n");
  }
  if (asked.method != http::verb::get && asked.method != http::verb::head) {
    Answer refused = refusal(http::status::method_not_allowed);
    refused.set(http::field::allow, "GET, HEAD");
    return refused;
  }
  if (asked.path == "/healthz") return page(http::status::ok, "ok\n");
  return page(http::status::ok, metrics(), kContentType);
}

/// What to tell a client whose request cannot be used; nullopt: there is nobody to tell it to.
std::optional<Answer> answer_to_error(const error_code& failure) {
  if (failure == http::error::end_of_stream || failure == http::error::partial_message) {
    return std::nullopt;
  }
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    return refusal(http::status::request_header_fields_too_large);
  }
  if (failure == http::error::body_limit) return refusal(http::status::payload_too_large);
  if (failure.category() == http::make_error_code(http::error::bad_method).category()) {
    return refusal(http::status::bad_request);
  }
  return std::nullopt;
}

/// The answer, or nullopt where the client has gone.
using MaybeAnswer = std::optional<Answer>;

asio::awaitable<Result<MaybeAnswer>> read_and_decide(SessionPtr session, HttpServer::Page metrics,
                                                     HttpLimits limits, bool* head) {
  beast::flat_buffer buffer(limits.header_bytes + kMostBody);
  http::request_parser<http::string_body> parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(kMostBody);
  const auto [failure, got] =
      co_await http::async_read(session->socket, buffer, parser, kAwaitTuple);
  static_cast<void>(got);
  if (failure == asio::error::operation_aborted) co_return Error{Errc::cancelled, "cancelled"};
  if (failure) co_return answer_to_error(failure);
  const auto target = parser.get().target();
  const std::string_view path(target.data(), target.size());
  const Asked asked{parser.get().method(), std::string(path.substr(0, path.find('?')))};
  *head = asked.method == http::verb::head;
  MaybeAnswer answer = answer_to(asked, metrics);
  co_return answer;
}

/// Of HEAD the same head as of GET, and nothing else.
asio::awaitable<Result<void>> write_answer(SessionPtr session, Answer answer, bool head) {
  http::response_serializer<http::string_body> serializer(answer);
  serializer.split(head);
  error_code failure;
  if (head) {
    std::tie(failure, std::ignore) =
        co_await http::async_write_header(session->socket, serializer, kAwaitTuple);
  } else {
    std::tie(failure, std::ignore) =
        co_await http::async_write(session->socket, serializer, kAwaitTuple);
  }
  if (failure) co_return Error{Errc::closed, failure.message()};
  session->socket.shutdown(asio::socket_base::shutdown_send, failure);
  co_return ok();
}

/// Closing a socket with unread bytes in it would reset the connection and take our answer with it.
asio::awaitable<Result<void>> drain(SessionPtr session) {
  std::array<char, 4096> bytes{};
  std::size_t drained = 0;
  while (drained < kMostDrained) {
    const auto [failure, got] =
        co_await session->socket.async_read_some(asio::buffer(bytes), kAwaitTuple);
    if (failure) co_return ok();
    drained += got;
  }
  co_return ok();
}

}  // namespace

asio::awaitable<void> serve_session(SessionPtr session, HttpServer::Page metrics,
                                    HttpLimits limits) {
  bool head = false;
  auto decided =
      co_await redis::within(limits.request, read_and_decide(session, metrics, limits, &head));
  const bool late = !decided && decided.error().code == Errc::timeout;
  std::optional<Answer> answer;
  if (late) answer = refusal(http::status::request_timeout);
  if (!late && !decided && decided.error().code != Errc::cancelled) {
    answer = refusal(http::status::internal_server_error);
  }
  if (decided) answer = std::move(*decided);
  if (!answer) co_return;
  const auto written =
      co_await redis::within(limits.response, write_answer(session, std::move(*answer), head));
  if (!written) co_return;
  static_cast<void>(co_await redis::within(kDrainTime, drain(session)));
}

}  // namespace forkmend::metrics
