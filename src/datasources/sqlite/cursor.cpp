#include "datasources/sqlite/cursor.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "datasources/sqlite/number_column.hpp"

namespace penstock::sqlite {

namespace {

constexpr std::int64_t kBatchRows = 4'096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

std::size_t fixed_bytes_a_row(const std::vector<ColumnBuilder>& builders) noexcept {
  return builders.size() * sizeof(std::int64_t);
}

}  // namespace

Cursor::Cursor(PreparedStatement& statement, CursorLimits limits)
    : statement_(&statement), limits_(limits), schema_(statement.columns.schema) {
  read_.max_value_bytes = limits.max_value_bytes;
}

void Cursor::finish() noexcept {
  if (!active_) return;
  active_ = false;
  sqlite3_reset(handle());
  if (!statement_->parameters.empty()) sqlite3_clear_bindings(handle());
}

Cursor::State Cursor::start() {
  active_ = true;
  step();
  return state_;
}

void Cursor::step() {
  switch (sqlite3_step(handle())) {
    case SQLITE_ROW:
      state_ = State::row;
      break;
    case SQLITE_DONE:
      state_ = State::done;
      break;
    default:
      state_ = State::failed;
      break;
  }
}

Cursor::State Cursor::drain() {
  while (state_ == State::row)
    step();
  return state_;
}

Result<RecordBatch> Cursor::read_batch() {
  if (first_batch_) {
    schema_ = statement_->columns.schema;  // it may have been read anew after the first step
    columns_.reserve(schema_->size());
    for (const Mapping mapping : statement_->columns.mappings)
      columns_.push_back(Column{mapping, reader_of(mapping), mapping == Mapping::number, false, {}});
  }
  builders_.clear();
  builders_.reserve(schema_->size());
  for (const Field& field : schema_->fields())
    builders_.emplace_back(field.type, expected_rows_);

  for (Column& column : columns_)
    column.integers.clear();
  read_.bytes = 0;
  const std::size_t fixed = fixed_bytes_a_row(builders_);
  const std::int64_t most = std::min(kBatchRows, limits_.max_rows - rows_read_);
  std::int64_t rows = 0;
  while (state_ == State::row && rows < most &&
         read_.bytes + static_cast<std::size_t>(rows) * fixed < kBatchBytes) {
    if (auto read = read_row(); !read) return pass_error(read);
    ++rows;
    step();
  }
  rows_read_ += rows;
  if (state_ == State::row && rows_read_ == limits_.max_rows) state_ = State::done;
  RecordBatch batch = make_batch(rows);
  expected_rows_ = rows;
  first_batch_ = false;
  if (state_ != State::row && state_ != State::failed) finish();
  return batch;
}

Result<void> Cursor::read_row() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    sqlite3_value* cell = sqlite3_column_value(handle(), static_cast<int>(i));
    CellStatus status = column.read == nullptr ? read_variant(column.mapping, read_, cell, builders_[i])
                                               : column.read(read_, cell, builders_[i]);
    if (status == CellStatus::misfit) status = read_misfit(i, cell);
    if (status == CellStatus::too_large) return too_large(i);
  }
  return {};
}

// An integer among the reals of a number column, or a real after integers alone: see number_column.hpp. False
// when it is neither, or cannot be exact.
bool Cursor::read_mixed_number(std::size_t index, sqlite3_value* cell) {
  Column& column = columns_[index];
  ColumnBuilder& builder = builders_[index];
  const int storage = sqlite3_value_type(cell);
  if (storage == SQLITE_INTEGER && builder.type().id == TypeId::float64) {
    if (builder.holds_only_nulls() && !column.had_reals) return false;  // there may be integers alone
    const auto real = exact_double(sqlite3_value_int64(cell));
    if (!real) return false;
    column.integers.push_back(builder.length());
    builder.append_float64(*real);
    return true;
  }
  if (storage == SQLITE_FLOAT && builder.type().id == TypeId::int64 && first_batch_ &&
      integers_to_reals(builder, column.integers)) {
    column.mapping = Mapping::number;
    column.read = reader_of(Mapping::number);
    builder.append_float64(sqlite3_value_double(cell));
    return true;
  }
  return false;
}

// The value is not of the column's type. While nothing in the first batch was, the column takes the value's
// own type; after that it becomes a variant.
CellStatus Cursor::read_misfit(std::size_t index, sqlite3_value* cell) {
  Column& column = columns_[index];
  ColumnBuilder& builder = builders_[index];
  if (column.is_number && read_mixed_number(index, cell)) return CellStatus::appended;
  const TypeId natural = natural_type(cell);
  const bool odd_text = natural == TypeId::bytes && sqlite3_value_type(cell) == SQLITE_TEXT;
  if (first_batch_ && builder.holds_only_nulls() && !odd_text) {
    column.mapping = natural_mapping(natural);
    column.read = reader_of(column.mapping);
    builder.retype_nulls(natural);
    return column.read(read_, cell, builder);
  }
  if (column.integers.empty()) {
    builder.widen_to_variant();
  } else {
    reals_to_variant(builder, column.integers);
  }
  column.read = nullptr;
  return read_variant(column.mapping, read_, cell, builder);
}

std::unexpected<Error> Cursor::too_large(std::size_t column) const {
  auto error = fail(ErrorCode::limit_exceeded,
                    "a value of column `" + schema_->field(column).name + "` has " +
                        std::to_string(sqlite3_column_bytes(handle(), static_cast<int>(column))) +
                        " bytes, and a single value may have " + std::to_string(limits_.max_value_bytes) +
                        ": select a part of it, for example with substr(), or leave the column out");
  error.error().sqlstate = "54000";
  return error;
}

RecordBatch Cursor::make_batch(std::int64_t rows) {
  // A column of nothing but nulls so far may turn out to be anything.
  for (std::size_t i = 0; i < builders_.size() && first_batch_ && state_ == State::row; ++i) {
    if (builders_[i].type().id != TypeId::null) continue;
    builders_[i].widen_to_variant();
    columns_[i].read = nullptr;
  }
  for (std::size_t i = 0; i < builders_.size(); ++i) {
    if (builders_[i].type().id == TypeId::float64 && !builders_[i].holds_only_nulls())
      columns_[i].had_reals = true;
  }
  share_schema();
  auto storage = std::make_shared<std::vector<Buffer>>();
  storage->reserve(builders_.size() * 2);
  std::vector<ArrayData> arrays;
  arrays.reserve(builders_.size());
  for (ColumnBuilder& builder : builders_)
    arrays.push_back(builder.finish(*storage));
  return RecordBatch(schema_, rows, std::move(arrays), std::move(storage));
}

// Makes schema_ say what the builders hold, with the schema of an earlier execution where it says the same.
void Cursor::share_schema() {
  const auto says_so = [this](const SchemaPtr& schema) {
    if (schema == nullptr) return false;
    for (std::size_t i = 0; i < builders_.size(); ++i) {
      if (schema->field(i).type != builders_[i].type()) return false;
    }
    return true;
  };
  if (says_so(schema_)) return;
  if (!says_so(statement_->columns.last_schema)) {
    std::vector<Field> fields = schema_->fields();
    for (std::size_t i = 0; i < builders_.size(); ++i)
      fields[i].type = builders_[i].type();
    statement_->columns.last_schema = std::make_shared<const Schema>(std::move(fields));
  }
  schema_ = statement_->columns.last_schema;
}

}  // namespace penstock::sqlite
