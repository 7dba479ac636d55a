#include "formats/table_writer.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/cell_text.hpp"
#include "formats/display_text.hpp"
#include "formats/output_buffer.hpp"
#include "formats/table_layout.hpp"

namespace penstock {

namespace {

// The rows that are held back to size the columns by.
constexpr std::int64_t kSampleRows = 1'000;
constexpr std::int64_t kSampleBytes = 4 << 20;

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

struct Rule {
  std::string_view left, middle, right;
};
struct Lines {
  std::string_view horizontal, vertical;
  Rule top, header, bottom;
};
constexpr Lines kBoxLines{"─", "│", {"┌", "┬", "┐"}, {"├", "┼", "┤"}, {"└", "┴", "┘"}};
constexpr Lines kAsciiLines{"-", "|", {"+", "+", "+"}, {"+", "+", "+"}, {"+", "+", "+"}};

std::string count_of(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string duration_text(std::chrono::microseconds time) {
  const std::int64_t milliseconds = std::chrono::round<std::chrono::milliseconds>(time).count();
  if (milliseconds < 10'000) return std::to_string(milliseconds) + " ms";
  return std::to_string(milliseconds / 1'000) + "." + std::to_string(milliseconds / 100 % 10) + " s";
}

class TableWriter final : public ResultWriter {
 public:
  TableWriter(const TableOptions& options, ByteSink& sink)
      : out_(sink),
        options_(options),
        lines_(options.unicode ? kBoxLines : kAsciiLines),
        max_width_(options.width > 0 ? static_cast<std::size_t>(options.width)
                                     : std::numeric_limits<std::size_t>::max()) {}

  Result<void> begin(const SchemaPtr& schema) override {
    schema_ = schema;
    natural_.clear();
    for (const std::string& name : schema->unique_names())
      natural_.push_back(std::max<std::size_t>(measure(name), 1));
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    row_count_ += batch.num_rows();
    if (schema_->size() == 0) return out_.status();
    if (header_written_) {
      write_rows(batch);
      return out_.status();
    }
    sample_.push_back(batch);
    sample_bytes_ += batch.byte_size();
    if (row_count_ >= kSampleRows || sample_bytes_ >= kSampleBytes) write_sample();
    return out_.status();
  }

  Result<void> end(const QuerySummary& summary) override {
    finish_table();
    write_footer(summary);
    return out_.flush();
  }

  Result<void> fail(const Error& error, const QuerySummary& /*summary*/) override {
    finish_table();
    line_ = "error (";
    line_.append(to_string(error.code)).append("): ");
    (void)append_display_text(line_, error.message, options_.unicode);
    if (!error.hint.empty()) {
      line_ += "\nhint: ";
      (void)append_display_text(line_, error.hint, options_.unicode);
    }
    if (row_count_ > 0)
      line_.append("\n(incomplete: ").append(count_of(row_count_, "row")).append(" before the error)");
    line_ += '\n';
    out_.append(line_);
    return out_.flush();
  }

 private:
  std::size_t measure(std::string_view text) {
    scratch_.clear();
    return append_display_text(scratch_, text, options_.unicode, max_width_).columns;
  }

  std::string_view text_of(const ValueAt& value) {
    return value.is_null() ? std::string_view(options_.null_text) : text_.of(value);
  }

  // Sizes the columns by the rows held back, and writes those.
  void write_sample() {
    for (const RecordBatch& batch : sample_) {
      const std::int64_t rows = std::min(batch.num_rows(), kSampleRows);
      for (std::size_t i = 0; i < natural_.size(); ++i) {
        for (std::int64_t row = 0; row < rows && natural_[i] < max_width_; ++row) {
          natural_[i] = std::max(natural_[i], measure(text_of(ValueAt(batch.column(i), row))));
        }
      }
    }
    widths_ = fit_widths(natural_, options_.width > 0 ? max_width_ : 0);
    write_header();
    for (const RecordBatch& batch : sample_)
      write_rows(batch);
    sample_.clear();
  }

  void finish_table() {
    if (schema_ == nullptr || schema_->size() == 0) return;
    if (!header_written_) write_sample();
    write_rule(lines_.bottom);
  }

  void write_rule(const Rule& rule) {
    line_ = rule.left;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      if (i != 0) line_ += rule.middle;
      for (std::size_t column = 0; column < widths_[i] + 2; ++column)
        line_ += lines_.horizontal;
    }
    line_ += rule.right;
    line_ += '\n';
    out_.append(line_);
  }

  void write_header() {
    header_written_ = true;
    write_rule(lines_.top);
    line_.clear();
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      append_cell(schema_->unique_names()[i], widths_[i], is_numeric(schema_->field(i).type.id), false);
    }
    end_row();
    write_rule(lines_.header);
  }

  void write_rows(const RecordBatch& batch) {
    for (std::int64_t row = 0; row < batch.num_rows() && !out_.failed(); ++row) {
      line_.clear();
      for (std::size_t i = 0; i < widths_.size(); ++i) {
        const ValueAt value(batch.column(i), row);
        const bool null = value.is_null();
        const TypeId type = null ? schema_->field(i).type.id : value.type();
        append_cell(text_of(value), widths_[i], is_numeric(type), null && options_.color);
      }
      end_row();
    }
  }

  // Without a terminal's width nothing is cut: a value wider than the rows that sized its column moves the
  // border.
  void append_cell(std::string_view text, std::size_t width, bool right, bool dim) {
    scratch_.clear();
    const DisplayWidth shown =
        append_display_text(scratch_, text, options_.unicode,
                            options_.width > 0 ? width : std::numeric_limits<std::size_t>::max());
    const std::size_t padding = shown.columns < width ? width - shown.columns : 0;
    line_ += lines_.vertical;
    line_.append(1 + (right ? padding : 0), ' ');
    if (dim) line_ += kDim;
    line_ += scratch_;
    if (dim) line_ += kPlain;
    line_.append(1 + (right ? 0 : padding), ' ');
  }

  void end_row() {
    line_ += lines_.vertical;
    line_ += '\n';
    out_.append(line_);
  }

  void write_footer(const QuerySummary& summary) {
    const bool only_affected = schema_->size() == 0 && summary.affected_rows.has_value();
    if (!options_.footer && !summary.truncated && !only_affected) return;
    const std::string time = duration_text(summary.execution_time);
    if (only_affected) {
      line_ = count_of(*summary.affected_rows, "row");
      line_.append(" affected (").append(time).append(")\n");
      out_.append(line_);
      return;
    }
    line_ = '(';
    line_ += count_of(row_count_, "row");
    if (summary.affected_rows)
      line_.append(", ").append(std::to_string(*summary.affected_rows)).append(" affected");
    if (summary.truncated) line_ += ", truncated: there are more";
    if (widths_.size() < schema_->size()) {
      line_.append(", ")
          .append(std::to_string(widths_.size()))
          .append(" of ")
          .append(std::to_string(schema_->size()));
      line_ += " columns shown: the terminal is too narrow";
    }
    line_.append(", ").append(time).append(")\n");
    out_.append(line_);
  }

  OutputBuffer out_;
  TableOptions options_;
  const Lines& lines_;
  std::size_t max_width_;
  SchemaPtr schema_;
  CellText text_;
  std::vector<std::size_t> natural_;
  std::vector<std::size_t> widths_;
  std::vector<RecordBatch> sample_;
  std::int64_t sample_bytes_ = 0;
  std::int64_t row_count_ = 0;
  bool header_written_ = false;
  std::string line_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<ResultWriter> make_table_writer(const TableOptions& options, ByteSink& sink) {
  return std::make_unique<TableWriter>(options, sink);
}

}  // namespace penstock
