#include "formats/csv_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/cell_text.hpp"
#include "formats/output_buffer.hpp"

namespace penstock {

namespace {

constexpr std::string_view kLineEnds = "\r\n";

// Whether the text of scalar values could hold this character, see ScalarText.
constexpr bool in_scalar_text(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("+-.:").find(c) != std::string_view::npos;
}

constexpr bool begins_formula(std::string_view text) noexcept {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

/// How fields are quoted.
class FieldRules {
 public:
  explicit FieldRules(const CsvOptions& options)
      : null_text_(options.null_text.value_or("")), guard_formulas_(options.guard_formulas) {
    std::fill(classes_.begin() + 0x80, classes_.end(), kNotAscii);
    for (const char c : {options.delimiter, '"', '\r', '\n'})
      classes_[static_cast<unsigned char>(c)] |= kAsksForQuotes;
    const bool null_like_scalar = !null_text_.empty() && std::ranges::all_of(null_text_, in_scalar_text);
    scalars_stand_bare_ = !in_scalar_text(options.delimiter) && !null_like_scalar;
  }

  [[nodiscard]] const std::string& null_text() const noexcept { return null_text_; }
  /// Whether the text of scalar values never asks for quotes.
  [[nodiscard]] bool scalars_stand_bare() const noexcept { return scalars_stand_bare_; }
  /// Whether null's text can stand without quotes.
  [[nodiscard]] bool allows_null_text() const noexcept {
    return (classes_in(null_text_) & kAsksForQuotes) == 0;
  }

  void write(OutputBuffer& out, std::string_view text, bool could_be_formula) const {
    const unsigned classes = classes_in(text);
    const bool guard = guard_formulas_ && could_be_formula && begins_formula(text);
    if (guard || (classes & kAsksForQuotes) != 0 || looks_like_something_else(text)) {
      write_quoted(out, text, guard);
    } else if ((classes & kNotAscii) != 0) {
      write_valid_utf8(out, text);
    } else {
      out.append(text);
    }
  }

 private:
  static constexpr std::uint8_t kAsksForQuotes = 1;
  static constexpr std::uint8_t kNotAscii = 2;

  // Every byte is looked at once, without a branch.
  [[nodiscard]] unsigned classes_in(std::string_view text) const noexcept {
    unsigned classes = 0;
    for (const char c : text)
      classes |= classes_[static_cast<unsigned char>(c)];
    return classes;
  }

  // Without quotes, it would be read as null, or without its spaces, or as the end of PostgreSQL's COPY.
  [[nodiscard]] bool looks_like_something_else(std::string_view text) const noexcept {
    if (text == null_text_) return true;
    return !text.empty() && (text.front() == ' ' || text.back() == ' ' || text == "\\.");
  }

  static void write_quoted(OutputBuffer& out, std::string_view text, bool guard) {
    out.append(guard ? std::string_view("\"'") : std::string_view("\""));
    while (true) {
      const std::size_t quote = text.find('"');
      write_valid_utf8(out, text.substr(0, quote));
      if (quote == std::string_view::npos) break;
      out.append("\"\"");
      text.remove_prefix(quote + 1);
    }
    out.append('"');
  }

  std::string null_text_;
  bool guard_formulas_;
  bool scalars_stand_bare_ = false;
  std::array<std::uint8_t, 256> classes_{};
};

class CsvWriter final : public ResultWriter {
 public:
  CsvWriter(const CsvOptions& options, ByteSink& sink)
      : out_(sink),
        rules_(options),
        delimiter_(options.delimiter),
        header_(options.header),
        line_end_(options.crlf ? kLineEnds : kLineEnds.substr(1)) {}

  Result<void> begin(const SchemaPtr& schema) override {
    const bool usable = static_cast<unsigned char>(delimiter_) < 0x80 && delimiter_ != '"' &&
                        delimiter_ != '\0' && kLineEnds.find(delimiter_) == std::string_view::npos;
    if (!usable) {
      return penstock::fail(
          ErrorCode::invalid_argument,
          "the delimiter of CSV must be one ASCII character other than '\"' and a line end");
    }
    if (!rules_.allows_null_text()) {
      return penstock::fail(ErrorCode::invalid_argument,
                            "the text for null in CSV must hold no delimiter, quote or line end");
    }
    num_columns_ = schema->size();
    if (header_ && num_columns_ != 0) write_record(schema->unique_names());
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    if (batch.num_columns() == 0) return out_.status();
    for (std::int64_t row = 0; row < batch.num_rows() && !out_.failed(); ++row) {
      for (std::size_t i = 0; i < batch.num_columns(); ++i) {
        if (i != 0) out_.append(delimiter_);
        write_cell(batch.column(i), row);
      }
      out_.append(line_end_);
    }
    return out_.status();
  }

  Result<void> end(const QuerySummary& summary) override {
    if (num_columns_ == 0 && summary.affected_rows) {
      if (header_) write_record({"affected_rows"});
      write_record({std::to_string(*summary.affected_rows)});
    }
    return out_.flush();
  }

  // One field more than a record of the result has, so that a reader that counts them stops.
  Result<void> fail(const Error& error, const QuerySummary& /*summary*/) override {
    std::vector<std::string> fields{"#error", std::string(to_string(error.code)), error.message};
    fields.resize(std::max(fields.size(), num_columns_ + 1));
    write_record(fields);
    return out_.flush();
  }

 private:
  void write_record(const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) out_.append(delimiter_);
      rules_.write(out_, fields[i], true);
    }
    out_.append(line_end_);
  }

  void write_cell(const ArrayData& array, std::int64_t row) {
    const ValueAt value(array, row);
    if (value.is_null()) {
      out_.append(rules_.null_text());
      return;
    }
    const TypeId type = value.type();
    const std::string_view text = text_.of(value);
    if (is_scalar(type) && rules_.scalars_stand_bare()) {
      out_.append(text);
    } else {
      rules_.write(out_, text, !is_scalar(type) && type != TypeId::decimal);
    }
  }

  OutputBuffer out_;
  FieldRules rules_;
  CellText text_;
  char delimiter_;
  bool header_;
  std::string_view line_end_;
  std::size_t num_columns_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> make_csv_writer(const CsvOptions& options, ByteSink& sink) {
  return std::make_unique<CsvWriter>(options, sink);
}

}  // namespace penstock
