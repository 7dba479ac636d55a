#include "server/rest_query.hpp"

#include <string>
#include <utility>

#include "formats/output_buffer.hpp"
#include "protocol/rest/media_type.hpp"
#include "protocol/rest/trace_parent.hpp"
#include "server/log.hpp"
#include "server/rest_answers.hpp"

namespace penstock::server {

// The stream comes before its writer: it goes last.
class QueryAnswer::Writing {
 public:
  Writing(Format format, RowShape rows)
      : sink_(text), writer_(make_writer(format, FormatOptions{.json = {.rows = rows}}, sink_)) {}

  std::string text;
  std::optional<ResultStream> stream;
  [[nodiscard]] ResultWriter& writer() noexcept { return *writer_; }

 private:
  StringSink sink_;
  std::unique_ptr<ResultWriter> writer_;
};

QueryAnswer::QueryAnswer(std::shared_ptr<Exchange> exchange, Executor& executor, Deadline deadline,
                         Format format, RowShape rows)
    : exchange_(std::move(exchange)),
      executor_(executor),
      deadline_(deadline),
      format_(format),
      writing_(std::make_unique<Writing>(format, rows)) {}

QueryAnswer::~QueryAnswer() = default;

void QueryAnswer::start(Result<ResultStream> stream) {
  if (!stream) return fail(stream.error());
  writing_->stream.emplace(std::move(*stream));
  if (const auto begun = writing_->writer().begin(writing_->stream->schema()); !begun)
    return fail(begun.error());
  pull();
}

void QueryAnswer::pull() {
  while (true) {
    auto batch = writing_->stream->next();
    if (!batch) return fail(batch.error());
    if (!*batch) return end();
    if (const auto written = writing_->writer().batch(**batch); !written) return fail(written.error());
    if (write_piece()) return;
  }
}

// Sends what there is, once it is worth it. True when the next batch has to wait until it was taken in.
bool QueryAnswer::write_piece() {
  std::string& text = writing_->text;
  if (text.size() < (begun_ ? kPieceBytes : kMaxWholeBytes)) return false;
  if (!std::exchange(begun_, true)) begin();
  parked_ = true;
  exchange_->write(std::exchange(text, {}), [self = shared_from_this()](bool taken) {
    if (!self->parked_.exchange(false)) return;
    // On a thread of the sockets: what may block goes to the executor's, the end of a query among it.
    self->executor_.resume([self, taken] {
      if (taken) return self->pull();
      self->writing_.reset();
      self->exchange_->abort();
    });
  });
  return true;
}

void QueryAnswer::begin() {
  HttpResponse head;
  head.content_type = protocol::rest::media_type(format_);
  head.headers.emplace_back("Cache-Control", "no-store");
  exchange_->begin(std::move(head));
  if (deadline_.is_never()) return;
  executor_.resume_at(deadline_.time(), [answer = weak_from_this()] {
    if (const auto self = answer.lock()) self->park_no_longer();
  });
}

// A client that takes its time must not hold a connection of the database for longer than its query may last.
void QueryAnswer::park_no_longer() {
  if (!parked_.exchange(false)) return;
  fail(penstock::fail(ErrorCode::timeout,
                      "the client did not take in the result within the query's time limit",
                      "Ask for less, or read faster.")
           .error());
  writing_.reset();
}

void QueryAnswer::end() {
  const QuerySummary& summary = writing_->stream->summary();
  if (const auto ended = writing_->writer().end(summary); !ended) return fail(ended.error());
  note(nullptr);
  if (begun_) {
    if (!writing_->text.empty()) exchange_->write(std::move(writing_->text));
    return exchange_->end();
  }
  HttpResponse response;
  response.content_type = protocol::rest::media_type(format_);
  response.headers.emplace_back("Cache-Control", "no-store");
  if (summary.truncated && format_ != Format::json)
    response.headers.emplace_back("Penstock-Truncated", "true");
  response.body = std::move(writing_->text);
  exchange_->respond(std::move(response));
}

void QueryAnswer::fail(const Error& error) {
  note(&error);
  if (!begun_) return respond_problem(*exchange_, error);
  // What breaks in the middle says so in the format's own way, and the connection breaks too: a part of a
  // result must not look like the whole.
  const QuerySummary summary = writing_->stream ? writing_->stream->summary() : QuerySummary();
  static_cast<void>(writing_->writer().fail(error, summary));
  if (!writing_->text.empty()) exchange_->write(std::move(writing_->text));
  exchange_->abort();
}

void QueryAnswer::note(const Error* error) const {
  const LogLevel level = error == nullptr ? LogLevel::debug : LogLevel::info;
  if (!logs(level)) return;
  const auto trace = protocol::rest::parse_trace_parent(exchange_->header("traceparent"));
  const std::string_view trace_id = trace ? trace->trace_id : std::string_view("-");
  const QuerySummary summary = writing_->stream ? writing_->stream->summary() : QuerySummary();
  if (error == nullptr) {
    log(level, "query",
        {{"request_id", exchange_->request_id()},
         {"trace_id", trace_id},
         {"datasource", summary.datasource},
         {"rows", summary.row_count},
         {"truncated", summary.truncated},
         {"microseconds", static_cast<std::int64_t>(summary.execution_time.count())}});
  } else {
    log(level, "query_failed",
        {{"request_id", exchange_->request_id()},
         {"trace_id", trace_id},
         {"datasource", summary.datasource},
         {"code", to_string(error->code)},
         {"sqlstate", error->sqlstate},
         {"rows", summary.row_count}});
  }
}

}  // namespace penstock::server
