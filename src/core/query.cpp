#include "penstock/query.hpp"

namespace penstock {

Deadline::Clock::duration Deadline::remaining() const noexcept {
  if (is_never()) return Clock::duration::max();
  return std::max(Clock::duration::zero(), time_ - Clock::now());
}

Params Params::named(std::vector<std::pair<std::string, Value>> values) {
  Params params;
  params.values_.reserve(values.size());
  params.names_.reserve(values.size());
  for (auto& [name, value] : values) {
    params.names_.push_back(std::move(name));
    params.values_.push_back(std::move(value));
  }
  return params;
}

void QueryResult::set_failure(Error failure) {
  success = false;
  code = failure.code;
  error = std::move(failure.message);
  sqlstate = std::move(failure.sqlstate);
  hint = std::move(failure.hint);
  retryable = failure.retryable;
}

Error QueryResult::failure() const {
  Error failure;
  failure.code = code.value_or(ErrorCode::internal);
  failure.message = error;
  failure.sqlstate = sqlstate;
  failure.hint = hint;
  failure.retryable = retryable;
  return failure;
}

ResultStream::ResultStream(std::unique_ptr<Source> source) : source_(std::move(source)) {}
ResultStream::ResultStream(ResultStream&&) noexcept = default;
ResultStream& ResultStream::operator=(ResultStream&&) noexcept = default;
ResultStream::~ResultStream() = default;

const SchemaPtr& ResultStream::schema() const noexcept {
  return source_->schema();
}
Result<std::optional<RecordBatch>> ResultStream::next() {
  return source_->next();
}
const QuerySummary& ResultStream::summary() const noexcept {
  return source_->summary();
}

}  // namespace penstock
