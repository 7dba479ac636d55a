#include "datasources/postgresql/mask_expression.hpp"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

namespace penstock::postgresql {

namespace {

// The relation is called so inside of its subselect: a column that is gone must not be read as the whole row
// of a relation of that name.
constexpr std::string_view kInside = "penstock_masked";

std::string literal(std::string_view text) {
  std::string out("'");
  for (const char c : text)
    out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string parameter(int number) {
  return "$" + std::to_string(number) + "::pg_catalog.bytea";
}

std::string hashed(const std::string& text, int key) {
  return "pg_catalog.encode(pg_catalog.sha256(" + parameter(key + 1) +
         " OPERATOR(pg_catalog.||) pg_catalog.sha256(" + parameter(key) +
         " OPERATOR(pg_catalog.||) pg_catalog.convert_to(" + text + ", 'UTF8'))), 'hex')";
}

// Of a value that is no longer than what is kept, nothing is.
std::string partial(const std::string& text, const ColumnMask& mask) {
  std::string kept = "'***'";
  if (mask.first > 0) {
    kept = "pg_catalog.\"left\"(" + text + ", " + std::to_string(mask.first) + ") OPERATOR(pg_catalog.||) " +
           kept;
  }
  if (mask.last > 0) {
    kept += " OPERATOR(pg_catalog.||) pg_catalog.\"right\"(" + text + ", " + std::to_string(mask.last) + ")";
  }
  return "CASE WHEN (" + text + ") IS NULL THEN NULL WHEN pg_catalog.length(" + text +
         ") OPERATOR(pg_catalog.>) " + std::to_string(mask.first + mask.last) + " THEN " + kept +
         " ELSE '***'::pg_catalog.text END";
}

// A column of no row has the column's type, whatever that is called.
std::string nothing_of(const MaskedRelation& relation, std::string_view column) {
  return "(NULL::" + quote_identifier(relation.schema) + "." + quote_identifier(relation.name) + ")." +
         quote_identifier(column);
}

std::string constant_of(const MaskedRelation& relation, const MaskedRelation::Column& column) {
  return "COALESCE(" + nothing_of(relation, column.name) + ", " + literal(column.mask->constant) + ")";
}

}  // namespace

std::string constant_select(const MaskConstant& constant) {
  return "SELECT " + constant_of(*constant.relation, *constant.column);
}

std::string masking_select(const MaskedRelation& relation, bool only, int key) {
  const std::string place = quote_identifier(relation.schema) + "." + quote_identifier(relation.name);
  std::string sql = "SELECT";
  for (const auto& column : relation.columns) {
    const std::string name = quote_identifier(column.name);
    const std::string value = std::string(kInside) + "." + name;
    const std::string text = "(" + value + ")::pg_catalog.text";
    std::string shown = value;
    if (column.mask != nullptr) {
      switch (column.mask->rule) {
        case MaskRule::null:
          shown = nothing_of(relation, column.name);
          break;
        case MaskRule::hash:
          shown = hashed(text, key);
          break;
        case MaskRule::partial:
          shown = partial(text, *column.mask);
          break;
        case MaskRule::constant:
          shown = constant_of(relation, column);
          break;
      }
    }
    sql += (&column == relation.columns.data() ? " " : ", ") + shown + " AS " + name;
  }
  return sql + " FROM " + (only ? "ONLY " : "") + place + " AS " + std::string(kInside);
}

bool hashes(const MaskedRelation& relation) noexcept {
  return std::ranges::any_of(relation.columns, [](const auto& column) {
    return column.mask != nullptr && column.mask->rule == MaskRule::hash;
  });
}

HashKeys hash_keys(const Secret& secret) {
  constexpr std::size_t kBlock = 64;
  constexpr unsigned char kInner = 0x36;
  constexpr unsigned char kOuter = 0x5c;
  std::array<unsigned char, kBlock> block{};
  const std::string& text = secret.reveal();
  if (text.size() > kBlock) {
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), block.data());
  } else {
    std::ranges::copy(text, block.begin());
  }
  HashKeys keys;
  for (const unsigned char byte : block) {
    keys.inner.data.push_back(static_cast<std::byte>(byte ^ kInner));
    keys.outer.data.push_back(static_cast<std::byte>(byte ^ kOuter));
  }
  return keys;
}

}  // namespace penstock::postgresql
