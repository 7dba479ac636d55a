#include "datasources/mongodb/fields.hpp"

#include <algorithm>

#include "penstock/batch.hpp"
#include "penstock/utf8.hpp"

#include "datasources/mongodb/bson.hpp"
#include "datasources/mongodb/types.hpp"

namespace penstock::mongodb {

namespace {

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxFields = 1'000;  // of one document: beyond, keys are data
constexpr int kMaxDescribed = 20;          // paths in a comment

}  // namespace

void SampledFields::add_batch(const bson_iter_t& array) {
  bson_iter_t each;
  if (!BSON_ITER_HOLDS_ARRAY(&array) || !bson_iter_recurse(&array, &each)) return;
  while (bson_iter_next(&each))
    if (BSON_ITER_HOLDS_DOCUMENT(&each)) add(DocumentView(each).get());
}

void SampledFields::add(const bson_t& document) {
  ++documents_;
  add_fields(fields_, document, 1);
}

void SampledFields::add_fields(std::vector<Field>& fields, const bson_t& document, int depth) {
  bson_iter_t iter;
  if (!bson_iter_init(&iter, &document)) return;
  while (bson_iter_next(&iter)) {
    const std::string_view key = key_of(iter);
    auto found = std::ranges::find(fields, key, &Field::name);
    if (found == fields.end()) {
      if (fields.size() >= kMaxFields || !is_valid_utf8(key)) continue;
      fields.push_back({.name = std::string(key)});
      found = fields.end() - 1;
    }
    ++found->documents;
    if (bson_iter_type(&iter) == BSON_TYPE_NULL) {
      found->has_null = true;
      continue;
    }
    ++found->types[std::string(native_type(iter))];
    const DataType type(type_of(iter));
    found->type =
        found->type.id == TypeId::null ? type : common_type(found->type, type).value_or(found->type);
    add_inner(*found, iter, depth);
  }
}

void SampledFields::add_inner(Field& field, const bson_iter_t& value, int depth) {
  if (depth >= kMaxDepth) return;
  if (BSON_ITER_HOLDS_DOCUMENT(&value)) return add_fields(field.inner, DocumentView(value).get(), depth + 1);
  bson_iter_t each;
  if (!BSON_ITER_HOLDS_ARRAY(&value) || !bson_iter_recurse(&value, &each)) return;
  // A path goes through an array to the documents in it.
  while (bson_iter_next(&each))
    if (BSON_ITER_HOLDS_DOCUMENT(&each)) add_fields(field.inner, DocumentView(each).get(), depth + 1);
}

std::vector<ColumnInfo> SampledFields::columns() const {
  std::vector<ColumnInfo> columns;
  for (const Field& field : fields_) {
    ColumnInfo column;
    column.name = field.name;
    column.native_type = field.types.empty() ? "null" : field.types.begin()->first;
    if (field.types.size() > 1) column.native_type = "mixed";
    column.type = field.type;
    column.nullable = field.name != "_id";
    column.comment = comment_of(field);
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string SampledFields::comment_of(const Field& field) const {
  std::string comment;
  const auto add = [&](const std::string& text) { comment += (comment.empty() ? "" : "; ") + text; };
  if (field.documents < documents_) {
    add("in " + std::to_string(field.documents) + " of " + std::to_string(documents_) +
        " documents that were sampled");
  }
  if (field.types.size() > 1) {
    std::string types;
    for (const auto& [name, count] : field.types)
      types += (types.empty() ? "" : ", ") + name + " " + std::to_string(count) + " times";
    add(types);
  }
  if (!field.inner.empty()) {
    std::string inner;
    int left = kMaxDescribed;
    describe_inner(field.inner, field.name + ".", inner, left);
    add("has " + inner);
  }
  return comment;
}

void SampledFields::describe_inner(const std::vector<Field>& fields, const std::string& prefix,
                                   std::string& out, int& left) {
  for (const Field& field : fields) {
    if (left-- == 0) out += ", ...";
    if (left < 0) return;
    out += (out.empty() ? "" : ", ") + prefix + field.name;
    if (!field.types.empty())
      out += " (" + field.types.begin()->first + (field.types.size() > 1 ? ", ..." : "") + ")";
    describe_inner(field.inner, prefix + field.name + ".", out, left);
  }
}

std::vector<std::string> SampledFields::paths() const {
  std::vector<std::string> out;
  collect_paths(fields_, "", out);
  return out;
}

void SampledFields::collect_paths(const std::vector<Field>& fields, const std::string& prefix,
                                  std::vector<std::string>& out) {
  for (const Field& field : fields) {
    out.push_back(prefix + field.name);
    collect_paths(field.inner, prefix + field.name + ".", out);
  }
}

}  // namespace penstock::mongodb
