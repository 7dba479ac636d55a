#include "datasources/mongodb/catalogue.hpp"

#include <algorithm>

#include "core/nearest.hpp"
#include "datasources/mongodb/cursor.hpp"
#include "datasources/mongodb/guard.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::int64_t kPatienceMilliseconds = 500;
constexpr std::int64_t kHintDocuments = 100;

std::string_view text_field(const bson_t& document, const char* key) {
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, &document, key) || !BSON_ITER_HOLDS_UTF8(&iter)) return {};
  return text_of(iter);
}

bool flag_field(const bson_t& document, const char* key) {
  bson_iter_t iter;
  return bson_iter_init_find(&iter, &document, key) && bson_iter_as_bool(&iter);
}

IndexInfo index_of(const bson_t& document) {
  IndexInfo index;
  index.name = text_field(document, "name");
  index.primary = index.name == "_id_";
  index.unique = index.primary || flag_field(document, "unique");
  bson_iter_t keys;
  bson_iter_t key;
  if (bson_iter_init_find(&keys, &document, "key") && bson_iter_recurse(&keys, &key)) {
    while (bson_iter_next(&key))
      index.columns.emplace_back(key_of(key));
  }
  bson_iter_t partial;
  if (bson_iter_init_find(&partial, &document, "partialFilterExpression"))
    index.predicate = "partialFilterExpression";
  return index;
}

}  // namespace

Result<std::vector<Catalogue::Collection>> Catalogue::collections(std::string_view name) {
  const BsonPtr command = new_document();
  append_int(*command, "listCollections", 1);
  if (!name.empty())
    append_child(*command, "filter", [&](bson_t& filter) { append_text(filter, "name", name); });
  Cursor cursor(*client_, database_, server_);
  if (auto started = cursor.start(*command, Cursor::As::plain); !started) return pass_error(started);
  std::vector<Collection> out;
  for (;;) {
    auto document = cursor.next();
    if (!document) return pass_error(document);
    if (*document == nullptr) break;
    const std::string_view found = text_field((*document)->get(), "name");
    if (!check_collection(found) || (!name.empty() && found != name)) continue;
    const bool is_view = text_field((*document)->get(), "type") == "view";
    out.push_back({std::string(found), is_view ? TableKind::view : TableKind::table});
  }
  std::ranges::sort(out, {}, &Collection::name);
  return out;
}

Result<void> Catalogue::must_exist(std::string_view collection, std::string_view logical_database) {
  auto found = collections(collection);
  if (!found) return pass_error(found);
  if (!found->empty()) return {};
  auto all = collections();
  if (!all) return pass_error(all);
  std::vector<std::string> names;
  for (const Collection& each : *all)
    names.push_back(each.name);
  const auto nearest = nearest_name(collection, names);
  return fail(ErrorCode::not_found,
              "there is no collection `" + std::string(collection) + "` in " + std::string(logical_database),
              nearest ? "did you mean `" + std::string(*nearest) + "`?" : std::string());
}

Result<void> Catalogue::must_have(std::string_view collection, const std::string& path) {
  const BsonPtr command = new_document();
  append_text(*command, "find", collection);
  append_child(*command, "filter", [&](bson_t& filter) {
    append_child(filter, path, [](bson_t& condition) { append_bool(condition, "$exists", true); });
  });
  append_child(*command, "projection", [](bson_t& projection) { append_int(projection, "_id", 1); });
  append_int(*command, "limit", 1);
  append_bool(*command, "singleBatch", true);
  append_int(*command, "maxTimeMS", kPatienceMilliseconds);
  Cursor cursor(*client_, database_, server_);
  auto started = cursor.start(*command, Cursor::As::plain);
  if (!started) return client_->broken() ? started : Result<void>();
  auto document = cursor.next();
  if (!document || *document != nullptr) return {};
  auto fields = sample({std::string(collection), TableKind::view}, kHintDocuments);
  if (!fields) return pass_error(fields);
  if (fields->documents() == 0) return {};  // an empty collection has every field, and none
  const auto paths = fields->paths();
  const auto nearest = nearest_name(path, paths);
  return fail(ErrorCode::not_found,
              "no document of `" + std::string(collection) + "` has a field `" + path + "`",
              nearest ? "did you mean `" + std::string(*nearest) + "`?" : std::string());
}

Result<void> Catalogue::sample_into(SampledFields& fields, const bson_t& find) {
  Cursor cursor(*client_, database_, server_);
  if (auto started = cursor.start(find, Cursor::As::read); !started) return started;
  for (;;) {
    auto document = cursor.next();
    if (!document) return pass_error(document);
    if (*document == nullptr) return {};
    fields.add((*document)->get());
  }
}

Result<SampledFields> Catalogue::sample(const Collection& collection, std::int64_t documents) {
  SampledFields fields;
  const BsonPtr first = new_document();
  append_text(*first, "find", collection.name);
  const BsonPtr last = new_document();
  bson_concat(last.get(), first.get());
  const std::int64_t half = (documents + 1) / 2;
  append_int(*first, "limit", half);
  if (auto read = sample_into(fields, *first); !read) return pass_error(read);
  // Those with the greatest keys are the newest, where the keys are ObjectIds. A view has no index to sort
  // by.
  if (fields.documents() < half || collection.kind == TableKind::view) return fields;
  append_child(*last, "sort", [](bson_t& sort) { append_int(sort, "_id", -1); });
  append_int(*last, "limit", half);
  if (auto read = sample_into(fields, *last); !read) return pass_error(read);
  return fields;
}

Result<TableInfo> Catalogue::describe(const Collection& collection, std::int64_t documents) {
  TableInfo table;
  table.name = collection.name;
  table.kind = collection.kind;
  auto fields = sample(collection, documents);
  if (!fields) return pass_error(fields);
  table.columns = fields->columns();
  if (collection.kind == TableKind::view) return table;
  table.primary_key = {"_id"};
  if (auto added = add_indexes(table); !added) return pass_error(added);
  const BsonPtr count = new_document();
  append_text(*count, "count", collection.name);
  Reply reply;
  if (auto counted = client_->send(database_, *count, server_, reply); !counted) {
    if (client_->broken()) return pass_error(counted);
    return table;
  }
  bson_iter_t iter;
  if (bson_iter_init_find(&iter, &reply.get(), "n")) table.estimated_rows = bson_iter_as_int64(&iter);
  return table;
}

Result<void> Catalogue::add_indexes(TableInfo& table) {
  const BsonPtr command = new_document();
  append_text(*command, "listIndexes", table.name);
  Cursor cursor(*client_, database_, server_);
  if (auto started = cursor.start(*command, Cursor::As::plain); !started) {
    // A server without the command, or a user who may not ask.
    return client_->broken() ? started : Result<void>();
  }
  for (;;) {
    auto document = cursor.next();
    if (!document) return pass_error(document);
    if (*document == nullptr) return {};
    table.indexes.push_back(index_of((*document)->get()));
  }
}

}  // namespace penstock::mongodb
