#include "datasources/mongodb/guard.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "core/json_check.hpp"
#include "datasources/mongodb/bson.hpp"

namespace penstock::mongodb {

namespace {

using std::string_view_literals::operator""sv;

/// What the value of a command's field is.
enum class FieldKind : std::uint8_t { plain, operators, pipeline, cursor };

struct FieldRule {
  std::string_view command;
  std::string_view field;
  FieldKind kind;
};

// https://www.mongodb.com/docs/manual/reference/command/ of each; the limits on time, the concerns and the
// session are set by the driver.
constexpr std::array kFields{
    FieldRule{"find", "filter", FieldKind::operators},
    FieldRule{"find", "projection", FieldKind::operators},
    FieldRule{"find", "sort", FieldKind::operators},
    FieldRule{"find", "skip", FieldKind::plain},
    FieldRule{"find", "limit", FieldKind::plain},
    FieldRule{"find", "batchSize", FieldKind::plain},
    FieldRule{"find", "singleBatch", FieldKind::plain},
    FieldRule{"find", "hint", FieldKind::plain},
    FieldRule{"find", "max", FieldKind::plain},
    FieldRule{"find", "min", FieldKind::plain},
    FieldRule{"find", "returnKey", FieldKind::plain},
    FieldRule{"find", "showRecordId", FieldKind::plain},
    FieldRule{"find", "collation", FieldKind::plain},
    FieldRule{"find", "allowDiskUse", FieldKind::plain},
    FieldRule{"find", "let", FieldKind::operators},
    FieldRule{"aggregate", "pipeline", FieldKind::pipeline},
    FieldRule{"aggregate", "cursor", FieldKind::cursor},
    FieldRule{"aggregate", "allowDiskUse", FieldKind::plain},
    FieldRule{"aggregate", "collation", FieldKind::plain},
    FieldRule{"aggregate", "hint", FieldKind::plain},
    FieldRule{"aggregate", "let", FieldKind::operators},
    FieldRule{"count", "query", FieldKind::operators},
    FieldRule{"count", "limit", FieldKind::plain},
    FieldRule{"count", "skip", FieldKind::plain},
    FieldRule{"count", "hint", FieldKind::plain},
    FieldRule{"count", "collation", FieldKind::plain},
    FieldRule{"distinct", "key", FieldKind::plain},
    FieldRule{"distinct", "query", FieldKind::operators},
    FieldRule{"distinct", "collation", FieldKind::plain},
    FieldRule{"distinct", "hint", FieldKind::plain},
};

std::string in_ticks(std::string_view name) {
  constexpr std::size_t kMostShown = 60;
  return "`" + std::string(name.substr(0, kMostShown)) + "`";
}

std::unexpected<Error> refused(std::string_view what, std::string_view why) {
  return fail(ErrorCode::forbidden, std::string(what) + " is not allowed here: " + std::string(why));
}

// Why a stage or operator that is on no list is on none.
std::unexpected<Error> not_allowed(std::string_view kind, std::string_view name) {
  if (name == "$out" || name == "$merge") {
    return fail(ErrorCode::read_only,
                in_ticks(name) + " writes, and the access to this database is read-only",
                "leave the stage out: the rows of the pipeline are the result");
  }
  if (name == "$where" || name == "$function" || name == "$accumulator")
    return refused(in_ticks(name), "it runs JavaScript in the server; use the operators of $expr");
  return refused(std::string(kind) + " " + in_ticks(name),
                 "it is not among those that are known to only read and compute");
}

class Check {
 public:
  Result<void> command(const bson_t& command) {
    bson_iter_t iter;
    if (!bson_iter_init(&iter, &command) || !bson_iter_next(&iter))
      return fail(
          ErrorCode::invalid_argument, "the command is empty",
          R"(write {"find": "collection", "filter": {...}} or another of find, aggregate, count, distinct)");
    const std::string name(key_of(iter));
    if (name != "find" && name != "aggregate" && name != "count" && name != "distinct") {
      return fail(ErrorCode::forbidden, "the command " + in_ticks(name) + " is not allowed here",
                  "find, aggregate, count and distinct are; the command's name comes first");
    }
    if (!BSON_ITER_HOLDS_UTF8(&iter))
      return refused(in_ticks(name), "it must name a collection, as in {\"" + name + "\": \"customers\"}");
    if (auto allowed = check_collection(text_of(iter)); !allowed) return allowed;
    while (bson_iter_next(&iter)) {
      if (auto allowed = field(name, iter); !allowed) return allowed;
    }
    if (iter.err_off != 0) return fail(ErrorCode::invalid_argument, "the command is damaged");
    return {};
  }

 private:
  Result<void> field(std::string_view command, const bson_iter_t& iter) {
    const std::string_view name = key_of(iter);
    const auto* rule = std::ranges::find_if(
        kFields, [&](const FieldRule& each) { return each.command == command && each.field == name; });
    if (rule == kFields.end()) {
      std::string known;
      for (const FieldRule& each : kFields)
        if (each.command == command) known += (known.empty() ? "" : ", ") + std::string(each.field);
      return fail(ErrorCode::forbidden,
                  "the field " + in_ticks(name) + " of " + std::string(command) + " is not allowed here",
                  "these are: " + known);
    }
    switch (rule->kind) {
      case FieldKind::pipeline:
        return pipeline(iter, 0);
      case FieldKind::cursor:
        return cursor(iter);
      default:
        return value(iter, 0, rule->kind == FieldKind::operators);
    }
  }

  static Result<void> cursor(const bson_iter_t& iter) {
    bson_iter_t child;
    if (!BSON_ITER_HOLDS_DOCUMENT(&iter) || !bson_iter_recurse(&iter, &child))
      return fail(ErrorCode::invalid_argument, "`cursor` must be a document");
    while (bson_iter_next(&child)) {
      if (key_of(child) != "batchSize" || !BSON_ITER_HOLDS_NUMBER(&child))
        return refused("the field " + in_ticks(key_of(child)) + " of `cursor`", "only batchSize is");
    }
    return {};
  }

  // Any value; with operators, keys that begin with `$` must be known ones.
  Result<void> value(const bson_iter_t& iter, std::size_t depth, bool operators = true) {
    if (depth > kMaxJsonDepth) return fail(ErrorCode::limit_exceeded, "the command nests too deeply");
    if (BSON_ITER_HOLDS_CODE(&iter) || BSON_ITER_HOLDS_CODEWSCOPE(&iter))
      return refused("code as a value", "no JavaScript runs in the server");
    if (BSON_ITER_HOLDS_DBPOINTER(&iter)) return refused("a DBPointer", "the type is deprecated");
    if (BSON_ITER_HOLDS_UTF8(&iter)) {
      if (text_of(iter).starts_with("$$USER_ROLES"))
        return refused("`$$USER_ROLES`", "it tells of the user that Penstock connects as");
      return {};
    }
    if (!BSON_ITER_HOLDS_DOCUMENT(&iter) && !BSON_ITER_HOLDS_ARRAY(&iter)) return {};
    bson_iter_t child;
    if (!bson_iter_recurse(&iter, &child)) return fail(ErrorCode::invalid_argument, "the command is damaged");
    const bool is_document = BSON_ITER_HOLDS_DOCUMENT(&iter);
    while (bson_iter_next(&child)) {
      const std::string_view key = key_of(child);
      if (is_document && key.starts_with('$') && (!operators || !is_known_operator(key)))
        return not_allowed("the operator", key);
      if (auto allowed = value(child, depth + 1, operators); !allowed) return allowed;
    }
    if (child.err_off != 0) return fail(ErrorCode::invalid_argument, "the command is damaged");
    return {};
  }

  Result<void> pipeline(const bson_iter_t& iter, std::size_t depth) {
    if (depth > kMaxJsonDepth) return fail(ErrorCode::limit_exceeded, "the command nests too deeply");
    bson_iter_t each;
    if (!BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &each))
      return fail(ErrorCode::invalid_argument, "a pipeline must be an array of stages");
    while (bson_iter_next(&each)) {
      bson_iter_t stage;
      if (!BSON_ITER_HOLDS_DOCUMENT(&each) || !bson_iter_recurse(&each, &stage) || !bson_iter_next(&stage))
        return fail(ErrorCode::invalid_argument, "a stage must be a document with one key, such as $match");
      do {
        if (auto allowed = one_stage(stage, depth + 1); !allowed) return allowed;
      } while (bson_iter_next(&stage));
    }
    return {};
  }

  Result<void> one_stage(const bson_iter_t& stage, std::size_t depth) {
    const std::string_view name = key_of(stage);
    if (!is_known_stage(name)) return not_allowed("the stage", name);
    if (name == "$facet") return facets(stage, depth);
    if (name == "$lookup") return other_collection(stage, depth, {"from"sv, "pipeline"sv});
    if (name == "$graphLookup") return other_collection(stage, depth, {"from"sv, {}});
    if (name == "$unionWith") {
      if (BSON_ITER_HOLDS_UTF8(&stage)) return check_collection(text_of(stage));
      return other_collection(stage, depth, {"coll"sv, "pipeline"sv});
    }
    return value(stage, depth);
  }

  Result<void> facets(const bson_iter_t& stage, std::size_t depth) {
    bson_iter_t facet;
    if (!BSON_ITER_HOLDS_DOCUMENT(&stage) || !bson_iter_recurse(&stage, &facet))
      return fail(ErrorCode::invalid_argument, "$facet must be a document of pipelines");
    while (bson_iter_next(&facet)) {
      if (auto allowed = pipeline(facet, depth + 1); !allowed) return allowed;
    }
    return {};
  }

  struct OtherCollection {
    std::string_view name;
    std::string_view pipeline;
  };
  // A stage that reads another collection, which must be one of the same database: a plain name.
  Result<void> other_collection(const bson_iter_t& stage, std::size_t depth, OtherCollection keys) {
    bson_iter_t field;
    if (!BSON_ITER_HOLDS_DOCUMENT(&stage) || !bson_iter_recurse(&stage, &field))
      return fail(ErrorCode::invalid_argument, in_ticks(key_of(stage)) + " must be a document");
    while (bson_iter_next(&field)) {
      const std::string_view key = key_of(field);
      Result<void> allowed;
      if (key == keys.name) {
        allowed = BSON_ITER_HOLDS_UTF8(&field)
                      ? check_collection(text_of(field))
                      : refused("a collection of another database in " + in_ticks(key_of(stage)),
                                "it must be the name of one in this database");
      } else if (!keys.pipeline.empty() && key == keys.pipeline) {
        allowed = pipeline(field, depth + 1);
      } else if (key == "db") {
        allowed = refused("`db` in " + in_ticks(key_of(stage)), "it would lead to another database");
      } else {
        allowed = value(field, depth + 1);
      }
      if (!allowed) return allowed;
    }
    return {};
  }
};

}  // namespace

Result<void> check_collection(std::string_view name) {
  if (name.empty()) return fail(ErrorCode::invalid_argument, "the name of the collection is empty");
  if (name.find('\0') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, "the name of the collection has a NUL byte");
  if (name.starts_with("system.") || name.starts_with('$') || name.find(".$") != std::string_view::npos)
    return refused("the collection " + in_ticks(name), "it is one of the server's own");
  return {};
}

Result<void> check_command(const bson_t& command) {
  return Check().command(command);
}

}  // namespace penstock::mongodb
