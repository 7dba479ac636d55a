#include "server/http_exchange.hpp"

#include <algorithm>
#include <utility>

#include "core/ascii_case.hpp"
#include "protocol/rest/problem.hpp"
#include "server/http_connection.hpp"
#include "server/request_id.hpp"

namespace penstock::server {

namespace {

constexpr std::size_t kMaxRequestIdBytes = 64;

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxRequestIdBytes && std::ranges::all_of(text, [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(
      response.headers, [name](const HttpHeader& header) { return equal_ignoring_case(header.first, name); });
}

}  // namespace

HttpExchange::HttpExchange(HttpConnection& connection, std::shared_ptr<HttpInbox> inbox, bool gzip)
    : inbox_(std::move(inbox)), gzip_allowed_(gzip), connection_(&connection) {}

HttpExchange::~HttpExchange() = default;

std::shared_ptr<Exchange> HttpExchange::handle() {
  return {this, [self = shared_from_this()](Exchange*) { self->abandon(); }};
}

void HttpExchange::received() {
  is_complete = true;
  if (connection_ != nullptr) peer_ = connection_->peer_address();
  const std::string_view own = request_.header("x-request-id");
  request_id_ = is_request_id(own) ? std::string(own) : new_request_id();
}

bool HttpExchange::has_content(int status) const noexcept {
  return status_has_content(status) && !request_.is_head();
}

bool HttpExchange::wants_gzip(const HttpResponse& response) const noexcept {
  return gzip_allowed_ && status_has_content(response.status) && is_compressible(response.content_type) &&
         !has_header(response, "content-encoding");
}

void HttpExchange::deliver(HttpDelivery::Kind kind, std::string bytes,
                           std::move_only_function<void(bool)> written) {
  HttpDelivery delivery{
      .exchange = shared_from_this(), .kind = kind, .bytes = std::move(bytes), .written = std::move(written)};
  if (!inbox_->put(delivery) && delivery.written) delivery.written(false);
}

void HttpExchange::respond(HttpResponse response) {
  if (answer_ != Answer::none) return;
  answer_ = Answer::done;
  status_ = response.status;
  HttpFraming framing;
  if (response.body.size() >= kMinGzipBytes && wants_gzip(response)) {
    framing.varies = true;
    framing.gzip = accepts_gzip(request_.header("accept-encoding"));
    if (framing.gzip) response.body = GzipStream().finish(response.body);
  }
  if (status_has_content(status_)) framing.length = response.body.size();
  append_response_head(output_.head, response, framing, request_id_);
  if (has_content(status_)) output_.body = std::move(response.body);
  deliver(HttpDelivery::Kind::whole);
}

void HttpExchange::begin(HttpResponse head) {
  if (answer_ != Answer::none) return;
  answer_ = Answer::streaming;
  status_ = head.status;
  HttpFraming framing;
  if (wants_gzip(head)) {
    framing.varies = true;
    framing.gzip = accepts_gzip(request_.header("accept-encoding"));
    if (framing.gzip) gzip_ = std::make_unique<GzipStream>();
  }
  discards_content_ = !has_content(status_);
  framing.chunked = !request_.is_http_1_0() && status_has_content(status_);
  is_framed_ = framing.chunked && !discards_content_;
  if (request_.is_http_1_0() && !discards_content_) must_close_ = true;
  append_response_head(output_.head, head, framing, request_id_);
  deliver(HttpDelivery::Kind::begun);
  if (!head.body.empty()) write(std::move(head.body), nullptr);
}

void HttpExchange::write(std::string bytes, std::move_only_function<void(bool)> written) {
  if (answer_ != Answer::streaming || discards_content_) {
    if (written) written(false);
    return;
  }
  if (gzip_ && !bytes.empty()) bytes = gzip_->flush(bytes);
  deliver(HttpDelivery::Kind::bytes, std::move(bytes), std::move(written));
}

void HttpExchange::end() {
  if (answer_ != Answer::streaming) return;
  if (gzip_ && !discards_content_) deliver(HttpDelivery::Kind::bytes, gzip_->finish({}));
  answer_ = Answer::done;
  gzip_.reset();
  deliver(HttpDelivery::Kind::ended);
}

void HttpExchange::abort() {
  if (answer_ == Answer::done) return;
  answer_ = Answer::done;
  gzip_.reset();
  deliver(HttpDelivery::Kind::broken);
}

void HttpExchange::refuse(int status, ErrorCode code, std::string_view message) {
  if (request_id_.empty()) request_id_ = new_request_id();
  Error error;
  error.code = code;
  error.message = message;
  respond({.status = status,
           .content_type = std::string(protocol::rest::kProblemType),
           .headers = {},
           .body = protocol::rest::problem_document(error, request_id_, status)});
}

void HttpExchange::refuse_for_good(int status, ErrorCode code, std::string_view message) {
  is_complete = is_dispatched = must_close_ = true;
  refuse(status, code, message);
}

void HttpExchange::abandon() {
  if (answer_ == Answer::streaming) abort();
  if (answer_ == Answer::none)
    refuse(500, ErrorCode::internal, "the server gave no answer; this is a defect of Penstock");
}

void HttpExchange::accept(HttpDelivery& delivery) {
  if (connection_ == nullptr) {
    if (delivery.written) delivery.written(false);
    return;
  }
  switch (delivery.kind) {
    case HttpDelivery::Kind::whole:
      is_answered_ = true;
      output_.end(false);
      break;
    case HttpDelivery::Kind::begun:
      is_answered_ = true;
      break;
    case HttpDelivery::Kind::bytes:
      output_.add(std::move(delivery.bytes), is_framed_, std::move(delivery.written));
      break;
    case HttpDelivery::Kind::ended:
      output_.end(is_framed_);
      break;
    case HttpDelivery::Kind::broken:
      is_answered_ = is_broken_ = must_close_ = true;
      break;
  }
  connection_->answered();
}

void HttpExchange::detach() {
  if (connection_ == nullptr) return;
  connection_ = nullptr;
  output_.drop();
  gone_.request_stop();
}

}  // namespace penstock::server
