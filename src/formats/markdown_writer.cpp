#include "formats/markdown_writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/utf8_decode.hpp"
#include "formats/cell_text.hpp"
#include "formats/display_text.hpp"
#include "formats/output_buffer.hpp"

namespace penstock {

namespace {

constexpr std::string_view kNull = "*NULL*";  // no text reads so, as its asterisks are escaped

constexpr bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::string_view html_entity(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

// Characters that could end the cell, begin a link, an image or code, or turn the text bold. An underscore
// between letters means nothing, and names are full of them.
bool needs_backslash(std::string_view text, std::size_t at) noexcept {
  const char c = text[at];
  if (std::string_view("|\\`*[]~").find(c) != std::string_view::npos) return true;
  if (c != '_') return false;
  const bool inside_word =
      at != 0 && at + 1 < text.size() && is_alphanumeric(text[at - 1]) && is_alphanumeric(text[at + 1]);
  return !inside_word;
}

// Characters that mean nothing in Markdown, most of all text.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0; c < plain.size(); ++c)
    plain[c] = is_alphanumeric(static_cast<char>(c));
  for (const char c : std::string_view(" .,:;-+/()'\"%=?@$#!"))
    plain[static_cast<unsigned char>(c)] = true;
  return plain;
}();

/// Text within a line of Markdown, without effect on anything around it.
void write_inline(OutputBuffer& out, std::string_view text) {
  std::size_t at = 0;
  std::string visible;
  while (true) {
    const std::size_t begin = at;
    while (at < text.size() && kPlain[static_cast<unsigned char>(text[at])])
      ++at;
    out.append(text.substr(begin, at - begin));
    if (at == text.size()) return;
    const char c = text[at];
    const Utf8Character character = decode_utf8(text.data() + at, text.data() + text.size());
    if (c == '\r' && text.substr(at).starts_with("\r\n")) {
      ++at;
      continue;
    }
    if (c == '\n' || c == '\r') {
      out.append("<br>");
    } else if (const std::string_view entity = html_entity(c); !entity.empty()) {
      out.append(entity);
    } else if (is_unsafe_to_show(character.code_point)) {
      visible.clear();
      append_visible(visible, character.code_point, true);
      if (visible.front() == '\\') out.append('\\');
      out.append(visible);
    } else if (!character.valid) {
      out.append(kReplacementText);
    } else {
      if (needs_backslash(text, at)) out.append('\\');
      out.append(text.substr(at, character.size));
    }
    at += character.size;
  }
}

class MarkdownWriter final : public ResultWriter {
 public:
  explicit MarkdownWriter(ByteSink& sink) : out_(sink) {}

  Result<void> begin(const SchemaPtr& schema) override {
    num_columns_ = schema->size();
    if (num_columns_ == 0) return out_.status();
    out_.append('|');
    for (const std::string& name : schema->unique_names()) {
      out_.append(' ');
      write_inline(out_, name);
      out_.append(" |");
    }
    out_.append("\n|");
    for (const Field& field : schema->fields()) {
      out_.append(is_numeric(field.type.id) ? std::string_view(" ---: |") : std::string_view(" --- |"));
    }
    out_.append('\n');
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    row_count_ += batch.num_rows();
    if (batch.num_columns() == 0) return out_.status();
    for (std::int64_t row = 0; row < batch.num_rows() && !out_.failed(); ++row) {
      out_.append('|');
      for (std::size_t i = 0; i < batch.num_columns(); ++i) {
        out_.append(' ');
        write_cell(ValueAt(batch.column(i), row));
        out_.append(" |");
      }
      out_.append('\n');
    }
    return out_.status();
  }

  Result<void> end(const QuerySummary& summary) override {
    if (num_columns_ == 0 && summary.affected_rows) {
      write_paragraph(count_of(*summary.affected_rows) + " affected.");
    }
    if (summary.truncated) write_paragraph("*Truncated after " + count_of(row_count_) + ": there are more.*");
    return out_.flush();
  }

  Result<void> fail(const Error& error, const QuerySummary& /*summary*/) override {
    write_paragraph("**Error** (" + std::string(to_string(error.code)) + "): ", error.message);
    if (!error.hint.empty()) write_paragraph("Hint: ", error.hint);
    if (row_count_ > 0) {
      write_paragraph("*Incomplete: the error came after " + count_of(row_count_) + ".*");
    }
    return out_.flush();
  }

 private:
  static std::string count_of(std::int64_t rows) {
    return std::to_string(rows) + (rows == 1 ? " row" : " rows");
  }

  void write_cell(const ValueAt& value) {
    if (value.is_null()) {
      out_.append(kNull);
      return;
    }
    const std::string_view text = text_.of(value);
    if (is_scalar(value.type())) {
      out_.append(text);
    } else {
      write_inline(out_, text);
    }
  }

  // A blank line ends the table before it.
  void write_paragraph(std::string_view markdown, std::string_view text = {}) {
    if (num_columns_ != 0 || paragraphs_ != 0) out_.append('\n');
    ++paragraphs_;
    out_.append(markdown);
    write_inline(out_, text);
    out_.append('\n');
  }

  OutputBuffer out_;
  CellText text_;
  std::size_t num_columns_ = 0;
  std::size_t paragraphs_ = 0;
  std::int64_t row_count_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> make_markdown_writer(ByteSink& sink) {
  return std::make_unique<MarkdownWriter>(sink);
}

}  // namespace penstock
