#include "datasources/mongodb/cursor.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace penstock::mongodb {

namespace {

// What one answer of the server should hold: its own default is 16 MiB, which each stream would keep.
constexpr std::int64_t kBatchBytes = 1 << 20;
constexpr std::int64_t kMostDocuments = 10'000;

std::unexpected<Error> unreadable() {
  return fail(ErrorCode::unavailable, "the server's answer cannot be read");
}

}  // namespace

Result<void> Cursor::start(const bson_t& command, As as) {
  auto sent = as == As::read ? client_->read(database_, command, server_, reply_)
                             : client_->send(database_, command, server_, reply_);
  if (!sent) return sent;
  bson_iter_t field;
  if (bson_iter_init_find(&field, &reply_.get(), "cursor")) return take_batch("firstBatch");
  if (bson_iter_init_find(&field, &reply_.get(), "values")) {
    answer_ = Answer::values;
    has_batch_ = bson_iter_recurse(&field, &at_);
    return has_batch_ ? Result<void>() : unreadable();
  }
  if (!bson_iter_init_find(&field, &reply_.get(), "n")) return unreadable();
  answer_ = Answer::count;
  at_ = field;
  has_batch_ = true;
  return {};
}

Result<void> Cursor::take_batch(const char* batch_key) {
  bson_iter_t cursor;
  bson_iter_t field;
  has_batch_ = false;
  id_ = 0;
  if (!bson_iter_init_find(&cursor, &reply_.get(), "cursor") || !bson_iter_recurse(&cursor, &field))
    return unreadable();
  while (bson_iter_next(&field)) {
    const std::string_view key = key_of(field);
    if (key == "id") id_ = bson_iter_as_int64(&field);
    if (key == "ns" && BSON_ITER_HOLDS_UTF8(&field)) {
      const std::string_view name = text_of(field);
      collection_ = name.substr(std::min(name.find('.') + 1, name.size()));
    }
    if (key == batch_key) has_batch_ = BSON_ITER_HOLDS_ARRAY(&field) && bson_iter_recurse(&field, &at_);
  }
  return has_batch_ ? Result<void>() : unreadable();
}

Result<void> Cursor::get_more() {
  if (auto go_on = client_->check(); !go_on) return go_on;
  const BsonPtr command = new_document();
  bson_append_int64(command.get(), "getMore", -1, id_);
  append_text(*command, "collection", collection_);
  const std::int64_t each = std::max<std::int64_t>(bytes_ / std::max<std::int64_t>(documents_, 1), 1);
  append_int(*command, "batchSize", std::clamp<std::int64_t>(kBatchBytes / each, 1, kMostDocuments));
  if (auto sent = client_->send(database_, *command, server_, reply_); !sent) {
    has_batch_ = false;
    id_ = 0;
    return sent;
  }
  return take_batch("nextBatch");
}

Result<bool> Cursor::next_value() {
  if (answer_ == Answer::count) return std::exchange(has_batch_, false);
  for (;;) {
    if (has_batch_ && bson_iter_next(&at_)) {
      ++documents_;
      bytes_ += at_.next_off - at_.off;
      return true;
    }
    if (has_batch_ && at_.err_off != 0) return unreadable();
    has_batch_ = false;
    if (id_ == 0) return false;
    if (auto more = get_more(); !more) return pass_error(more);
  }
}

Result<const DocumentView*> Cursor::next() {
  auto found = next_value();
  if (!found) return pass_error(found);
  if (!*found) return nullptr;
  if (!BSON_ITER_HOLDS_DOCUMENT(&at_)) return unreadable();
  document_.emplace(at_);
  return &*document_;
}

void Cursor::close() noexcept {
  if (id_ == 0 || client_->broken()) return;
  const BsonPtr command = new_document();
  append_text(*command, "killCursors", collection_);
  append_array(*command, "cursors", [&](bson_t& ids) { bson_append_int64(&ids, "0", -1, id_); });
  id_ = 0;
  Reply reply;
  // Where it fails, the server closes the cursor when it has been idle for long enough.
  static_cast<void>(client_->send(database_, *command, server_, reply));
}

}  // namespace penstock::mongodb
