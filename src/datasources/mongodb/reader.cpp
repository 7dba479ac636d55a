#include "datasources/mongodb/reader.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "datasources/mongodb/catalogue.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::int64_t kBatchRows = 4'096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// MongoDB's own first batch of a cursor.
constexpr std::int64_t kFirstBatch = 101;

std::string_view command_name(const bson_t& command) {
  bson_iter_t iter;
  return bson_iter_init(&iter, &command) && bson_iter_next(&iter) ? key_of(iter) : std::string_view();
}

// What a count or a distinct has for a column.
std::vector<ColumnPlan> columns_of(BoundCommand& command) {
  const std::string_view name = command_name(*command.document);
  if (name == "count") return {{"n", "count"}};
  bson_iter_t key;
  if (name == "distinct" && bson_iter_init_find(&key, command.document.get(), "key") &&
      BSON_ITER_HOLDS_UTF8(&key))
    return {{std::string(text_of(key)), std::string(text_of(key))}};
  return std::move(command.columns);
}

}  // namespace

Reader::Reader(Client& client, Interrupt& interrupt, const Execution& execution,
               std::string physical_database)
    : client_(&client),
      interrupt_(&interrupt),
      run_(std::in_place, interrupt, execution.deadline, execution.stop),
      database_(std::move(physical_database)),
      logical_database_(execution.database),
      max_value_bytes_(execution.max_value_bytes),
      row_limit_(execution.row_limit) {}

Reader::~Reader() {
  // So that what is left to say to the server is not stopped by what stopped the run.
  run_.reset();
}

// Said and not left to the server, as what it would take for a first batch bounds what a stream keeps.
void Reader::limit_first_batch(bson_t& command) const {
  const std::int64_t size = row_limit_ && *row_limit_ < kFirstBatch ? *row_limit_ + 1 : kFirstBatch;
  const std::string_view name = command_name(command);
  bson_iter_t iter;
  if (name == "find" && !bson_iter_init_find(&iter, &command, "batchSize"))
    append_int(command, "batchSize", size);
  if (name == "aggregate" && !bson_iter_init_find(&iter, &command, "cursor"))
    append_child(command, "cursor", [&](bson_t& cursor) { append_int(cursor, "batchSize", size); });
}

Result<void> Reader::start(BoundCommand command, const Statement& statement, const Params& params) {
  if (auto go_on = interrupt_->check(); !go_on) return go_on;
  auto server = client_->choose_server();
  if (!server) return pass_error(server);
  server_ = *server;
  limit_first_batch(*command.document);
  columns_.emplace(columns_of(command), max_value_bytes_);
  cursor_.emplace(*client_, database_, server_);
  if (auto started = cursor_->start(*command.document, Cursor::As::read); !started) return started;
  if (auto filled = fill(); !filled) return filled;
  if (columns_->rows() == 0 && command.empty_row) {
    if (auto row = columns_->append_row(bson_get_data(command.empty_row.get()), command.empty_row->len); !row)
      return row;
  }
  if (columns_->rows() == 0) {
    auto questions = statement.when_empty(command, params);
    if (!questions) return pass_error(questions);
    if (auto settled = settle_empty(command, *questions); !settled) return settled;
    schema_ = columns_->schema();
    return {};
  }
  if (auto known = check_fields(command); !known) return known;
  ahead_ = columns_->take_batch();
  schema_ = columns_->schema();
  return {};
}

Result<void> Reader::fill() {
  const std::int64_t most = std::min(kBatchRows, row_limit_ ? *row_limit_ + 1 : kBatchRows);
  while (!at_end_ && columns_->rows() < most && columns_->bytes() < kBatchBytes) {
    auto found = cursor_->next_value();
    if (!found) return pass_error(found);
    if (!*found) {
      at_end_ = true;
    } else if (auto appended = append(cursor_->value()); !appended) {
      return appended;
    }
  }
  return {};
}

Result<void> Reader::append(const bson_iter_t& value) {
  if (cursor_->answer() != Cursor::Answer::documents) return columns_->append_value(value);
  if (!BSON_ITER_HOLDS_DOCUMENT(&value))
    return fail(ErrorCode::invalid_data, "the server answered with something that is no document");
  std::uint32_t length = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_document(&value, &length, &data);
  return columns_->append_row(data, length);
}

Result<std::optional<RecordBatch>> Reader::next() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  if (at_end_) return std::nullopt;
  if (auto go_on = interrupt_->check(); !go_on) return pass_error(go_on);
  if (auto filled = fill(); !filled) return pass_error(filled);
  if (columns_->rows() == 0) return std::nullopt;
  return columns_->take_batch();
}

// No documents: whether there is such a collection, and what they would have been like.
Result<void> Reader::settle_empty(const BoundCommand& command, const EmptyQuestions& questions) {
  std::int64_t documents = 0;
  if (questions.sample) {
    Cursor sample(*client_, database_, server_);
    if (auto started = sample.start(*questions.sample, Cursor::As::read); !started) return started;
    for (;; ++documents) {
      auto found = sample.next_value();
      if (!found) return pass_error(found);
      if (!*found) break;
      if (auto appended = append(sample.value()); !appended) return appended;
    }
    columns_->keep_types_only();
  }
  Catalogue catalogue(*client_, database_, server_);
  if (documents == 0) {
    if (auto exists = catalogue.must_exist(command.collection, logical_database_); !exists) return exists;
  }
  for (const std::string& field : questions.fields) {
    if (auto known = catalogue.must_have(command.collection, field); !known) return known;
  }
  return {};
}

// A column without a single value may be a misspelt field.
Result<void> Reader::check_fields(const BoundCommand& command) {
  for (std::size_t column = 0; column < command.column_fields.size(); ++column) {
    const std::string& field = command.column_fields[column];
    if (field.empty() || !columns_->is_hollow(column)) continue;
    if (auto known = Catalogue(*client_, database_, server_).must_have(command.collection, field); !known)
      return known;
  }
  return {};
}

}  // namespace penstock::mongodb
