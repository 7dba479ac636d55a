#include "formats/json_writer.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/number_text.hpp"
#include "formats/json_rows.hpp"
#include "formats/json_text.hpp"
#include "formats/output_buffer.hpp"
#include "formats/widest_schema.hpp"

namespace penstock {

namespace {

/// The members of one object that is being written, with their commas and, when pretty, lines of their own.
class Members {
 public:
  Members(OutputBuffer& out, bool pretty) : out_(&out), pretty_(pretty) {}

  void name(std::string_view key) {
    if (!first_) out_->append(',');
    if (pretty_) out_->append("\n  ");
    first_ = false;
    write_json_string(*out_, key);
    out_->append(pretty_ ? std::string_view(": ") : std::string_view(":"));
  }
  void text(std::string_view key, std::string_view value) {
    name(key);
    write_json_string(*out_, value);
  }
  void text_or_null(std::string_view key, std::string_view value) {
    if (value.empty()) {
      null(key);
    } else {
      text(key, value);
    }
  }
  void number(std::string_view key, std::int64_t value) {
    name(key);
    out_->commit(write_number(out_->reserve(kMaxNumberText), value));
  }
  void number_or_null(std::string_view key, std::optional<std::int64_t> value) {
    if (value) {
      number(key, *value);
    } else {
      null(key);
    }
  }
  void truth(std::string_view key, bool value) {
    name(key);
    out_->append(value ? std::string_view("true") : std::string_view("false"));
  }
  void null(std::string_view key) {
    name(key);
    out_->append("null");
  }

 private:
  OutputBuffer* out_;
  bool pretty_;
  bool first_ = true;
};

std::int64_t to_milliseconds(std::chrono::microseconds time) noexcept {
  return std::chrono::round<std::chrono::milliseconds>(time).count();
}

class JsonWriter final : public ResultWriter {
 public:
  JsonWriter(const JsonOptions& options, ByteSink& sink)
      : out_(sink),
        pretty_(options.pretty),
        members_(out_, options.pretty),
        rows_(out_, options.rows, options.pretty) {}

  Result<void> begin(const SchemaPtr& schema) override {
    open(schema);
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    widest_.widen(batch);
    rows_.set_batch(batch);
    for (std::int64_t row = 0; row < batch.num_rows() && !out_.failed(); ++row) {
      if (row_count_ != 0) out_.append(',');
      if (pretty_) out_.append("\n    ");
      rows_.write_row(row);
      ++row_count_;
    }
    return out_.status();
  }

  Result<void> end(const QuerySummary& summary) override { return finish(nullptr, summary); }

  Result<void> fail(const Error& error, const QuerySummary& summary) override {
    if (!begun_) open(std::make_shared<const Schema>());
    return finish(&error, summary);
  }

 private:
  void open(const SchemaPtr& schema) {
    begun_ = true;
    widest_.begin(schema);
    rows_.set_columns(*schema);
    out_.append('{');
    members_.name("columns");
    out_.append('[');
    std::string_view comma;
    for (const std::string& name : schema->unique_names()) {
      out_.append(comma);
      write_json_string(out_, name);
      comma = pretty_ ? ", " : ",";
    }
    out_.append(']');
    members_.name("data");
    out_.append('[');
  }

  void write_schema() {
    members_.name("schema");
    out_.append('[');
    for (std::size_t i = 0; i < widest_.size(); ++i) {
      if (i != 0) out_.append(',');
      if (pretty_) out_.append("\n    ");
      out_.append('{');
      Members field(out_, false);
      field.text("name", widest_.unique_name(i));
      field.text("type", widest_.type(i).name());
      if (!widest_.native_type(i).empty()) field.text("native_type", widest_.native_type(i));
      out_.append('}');
    }
    if (pretty_ && widest_.size() != 0) out_.append("\n  ");
    out_.append(']');
  }

  Result<void> finish(const Error* error, const QuerySummary& summary) {
    if (pretty_ && row_count_ != 0) out_.append("\n  ");
    out_.append(']');
    members_.truth("success", error == nullptr);
    members_.number("row_count", row_count_);
    if (error == nullptr) {
      members_.null("error");
      members_.null("code");
      members_.null("sqlstate");
    } else {
      members_.text("error", error->message);
      members_.text("code", to_string(error->code));
      members_.text_or_null("sqlstate", error->sqlstate);
      if (!error->hint.empty()) members_.text("hint", error->hint);
      members_.truth("retryable", error->retryable);
    }
    members_.truth("truncated", summary.truncated);
    members_.number_or_null("affected_rows", summary.affected_rows);
    members_.text_or_null("datasource", summary.datasource);
    members_.text_or_null("node", summary.node);
    members_.number("execution_time_ms", to_milliseconds(summary.execution_time));
    write_schema();
    out_.append(pretty_ ? std::string_view("\n}\n") : std::string_view("}\n"));
    return out_.flush();
  }

  OutputBuffer out_;
  bool pretty_;
  Members members_;
  JsonRows rows_;
  WidestSchema widest_;
  std::int64_t row_count_ = 0;
  bool begun_ = false;
};

class JsonLinesWriter final : public ResultWriter {
 public:
  JsonLinesWriter(const JsonOptions& options, ByteSink& sink)
      : out_(sink), rows_(out_, options.rows, false) {}

  Result<void> begin(const SchemaPtr& schema) override {
    schema_ = schema;
    rows_.set_columns(*schema);
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    rows_.set_batch(batch);
    for (std::int64_t row = 0; row < batch.num_rows() && !out_.failed(); ++row) {
      rows_.write_row(row);
      out_.append('\n');
      ++row_count_;
    }
    return out_.status();
  }

  Result<void> end(const QuerySummary& summary) override {
    if (summary.affected_rows && schema_ != nullptr && schema_->size() == 0) {
      Members line = start_line();
      line.number(status_key("$affected_rows"), *summary.affected_rows);
      out_.append("}\n");
    }
    if (summary.truncated) {
      Members line = start_line();
      line.name(status_key("$truncated"));
      out_.append('{');
      Members(out_, false).number("row_count", row_count_);
      out_.append("}}\n");
    }
    return out_.flush();
  }

  Result<void> fail(const Error& error, const QuerySummary& /*summary*/) override {
    Members line = start_line();
    line.name(status_key("$error"));
    out_.append('{');
    Members details(out_, false);
    details.text("code", to_string(error.code));
    details.text("message", error.message);
    details.text_or_null("sqlstate", error.sqlstate);
    if (!error.hint.empty()) details.text("hint", error.hint);
    details.truth("retryable", error.retryable);
    details.number("row_count", row_count_);
    out_.append("}}\n");
    return out_.flush();
  }

 private:
  Members start_line() {
    out_.append('{');
    return Members(out_, false);
  }

  // A key that no column has, so that no row reads like a line about the result.
  [[nodiscard]] std::string status_key(std::string key) const {
    while (schema_ != nullptr && schema_->find(key))
      key.insert(key.begin(), '$');
    return key;
  }

  OutputBuffer out_;
  JsonRows rows_;
  SchemaPtr schema_;
  std::int64_t row_count_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> make_json_writer(const JsonOptions& options, ByteSink& sink) {
  return std::make_unique<JsonWriter>(options, sink);
}

std::unique_ptr<ResultWriter> make_json_lines_writer(const JsonOptions& options, ByteSink& sink) {
  return std::make_unique<JsonLinesWriter>(options, sink);
}

}  // namespace penstock
