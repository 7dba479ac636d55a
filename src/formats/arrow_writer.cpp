#include "formats/arrow_writer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/builder.hpp"

#include "core/array_layout.hpp"
#include "formats/arrow_message.hpp"
#include "formats/output_buffer.hpp"

namespace penstock {

namespace {

constexpr std::int64_t padded(std::int64_t size) noexcept {
  return (size + kArrowAlignment - 1) / kArrowAlignment * kArrowAlignment;
}

/// The buffers of one record batch in the order of the format, each at its place in the body.
class Body {
 public:
  void add(const ArrayData& array) {
    const bool has_validity = array.validity != nullptr && array.null_count != 0;
    nodes_.push_back({array.length, array.type.id == TypeId::null ? array.length
                                    : has_validity                ? array.null_count
                                                                  : 0});
    if (array.type.id == TypeId::null) return;
    if (array.type.id != TypeId::variant)
      add_buffer(array.validity, has_validity ? bitmap_bytes(array.length) : 0);
    switch (array.type.id) {
      case TypeId::list:
        add_offsets(array);
        break;
      case TypeId::variant:
        add_buffer(array.values, array.length);
        add_buffer(array.offsets, array.length * 4);
        break;
      case TypeId::decimal:
      case TypeId::string:
      case TypeId::bytes:
      case TypeId::json:
        add_offsets(array);
        add_buffer(array.values, array.length == 0 ? 0 : array.offsets[array.length]);
        break;
      case TypeId::boolean:
        add_buffer(array.values, bitmap_bytes(array.length));
        break;
      case TypeId::float32:
      case TypeId::date:
        add_buffer(array.values, array.length * 4);
        break;
      case TypeId::interval:
      case TypeId::uuid:
        add_buffer(array.values, array.length * 16);
        break;
      default:
        add_buffer(array.values, array.length * 8);
    }
    for (const ArrayData& child : array.children)
      add(child);
  }

  [[nodiscard]] std::string message(std::int64_t rows, const ArrowMetadata& metadata) const {
    return arrow_batch_message(rows, nodes_, places_, size_, metadata);
  }

  void write(OutputBuffer& out) const {
    constexpr std::array<char, kArrowAlignment> kZeros{};
    for (const std::string_view bytes : buffers_) {
      out.append(bytes);
      const auto size = static_cast<std::int64_t>(bytes.size());
      out.append({kZeros.data(), static_cast<std::size_t>(padded(size) - size)});
    }
  }

 private:
  void add_offsets(const ArrayData& array) {
    static constexpr std::int32_t kNoValues = 0;  // an empty array may come without its one offset
    if (array.length == 0) {
      add_buffer(&kNoValues, 4);
    } else {
      add_buffer(array.offsets, (array.length + 1) * 4);
    }
  }

  void add_buffer(const void* data, std::int64_t size) {
    places_.push_back({size_, size});
    if (size != 0) buffers_.emplace_back(static_cast<const char*>(data), static_cast<std::size_t>(size));
    size_ += padded(size);
  }

  std::vector<ArrowNode> nodes_;
  std::vector<ArrowBuffer> places_;
  std::vector<std::string_view> buffers_;
  std::int64_t size_ = 0;
};

class ArrowWriter final : public ResultWriter {
 public:
  explicit ArrowWriter(ByteSink& sink) : out_(sink) {}

  Result<void> begin(const SchemaPtr& schema) override {
    schema_ = schema;
    out_.append(arrow_schema_message(*schema));
    return out_.status();
  }

  Result<void> batch(const RecordBatch& batch) override {
    auto fitted = fit(batch);
    if (!fitted) return pass_error(fitted);
    write(*fitted, {});
    return out_.status();
  }

  // What is known only at the end is the metadata of a last batch without rows.
  Result<void> end(const QuerySummary& summary) override {
    ArrowMetadata metadata;
    if (summary.truncated) metadata.emplace_back("penstock:truncated", "true");
    if (summary.affected_rows)
      metadata.emplace_back("penstock:affected_rows", std::to_string(*summary.affected_rows));
    if (!metadata.empty()) write(BatchBuilder(schema_).finish(), metadata);
    out_.append(kArrowEndOfStream);
    return out_.flush();
  }

  // Without its end marker, and with the start of a message that never comes, no reader takes the stream for
  // whole.
  Result<void> fail(const Error& /*error*/, const QuerySummary& /*summary*/) override {
    out_.append(kArrowEndOfStream.substr(0, 4));
    return out_.flush();
  }

 private:
  // The batch under the schema that was sent.
  [[nodiscard]] Result<RecordBatch> fit(const RecordBatch& batch) const {
    bool same = true;
    for (std::size_t i = 0; i < schema_->size(); ++i) {
      const DataType& sent = schema_->field(i).type;
      const DataType& found = batch.column(i).type;
      if (sent == found) continue;
      same = false;
      if (common_type(sent, found) == sent) continue;
      const std::string& name = schema_->unique_names()[i];
      return penstock::fail(ErrorCode::unsupported,
                            "column `" + name + "` was announced as " + sent.name() +
                                " and then held values of type " + found.name() +
                                ", which an Arrow stream cannot take back",
                            "CAST the column `" + name + "` to one type in the query, or use another format");
    }
    return same ? Result<RecordBatch>(batch) : widen(batch, schema_);
  }

  void write(const RecordBatch& batch, const ArrowMetadata& metadata) {
    Body body;
    for (std::size_t i = 0; i < batch.num_columns(); ++i)
      body.add(batch.column(i));
    out_.append(body.message(batch.num_rows(), metadata));
    body.write(out_);
  }

  OutputBuffer out_;
  SchemaPtr schema_;
};

}  // namespace

std::unique_ptr<ResultWriter> make_arrow_writer(ByteSink& sink) {
  return std::make_unique<ArrowWriter>(sink);
}

}  // namespace penstock
