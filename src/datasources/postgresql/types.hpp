// PostgreSQL's types and what each becomes in a batch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/builder.hpp"

#include "datasources/postgresql/request.hpp"

namespace penstock::postgresql {

using Oid = std::uint32_t;

/// How a column of some type is asked for, and read.
struct Codec {
  /// The type as SQL names it, without its modifiers; empty when the catalogue did not say.
  std::string name;
  /// Appends one value that is not null; false when the bytes are not of the type's form, or hold what a
  /// batch cannot.
  using Append = bool (*)(const Codec& codec, std::string_view bytes, ColumnBuilder& column);

  DataType type;
  Append append = nullptr;
  /// Text where the binary form says nothing to a reader: what the type's output function writes.
  Format format = Format::binary;
  /// For an array: its elements'.
  const Codec* element = nullptr;
  /// For an array: how it is read once one of its column has several dimensions.
  const Codec* nested = nullptr;
  /// Of money: its digits behind the point.
  int scale = 0;
};

/// The type of a column as SQL names it: "character varying(50)", "numeric(10,2)[]", as format_type() would.
/// `modifier` is RowDescription's, -1 for none.
[[nodiscard]] std::string native_type(Oid type, const Codec& codec, std::int32_t modifier);

/// For what has no codec of its own.
[[nodiscard]] const Codec& text_codec() noexcept;

/// What the catalogue says of a type that is not built in.
struct CatalogType {
  Oid oid = 0;
  std::string name;       ///< as format_type() writes it
  char kind = 'b';        ///< pg_type.typtype
  Oid element = 0;        ///< of an array, else 0
  Oid base = 0;           ///< of a domain, else 0
  std::string extension;  ///< that it belongs to, if any
};

/// The codecs of all types that a session has met: the built-in ones, and those learnt from its pg_type. A
/// session's own, as the same number may mean another type at another server. Codecs live as long as this.
class TypeMap {
 public:
  TypeMap();
  TypeMap(const TypeMap&) = delete;
  TypeMap& operator=(const TypeMap&) = delete;
  /// Null: unknown, so learn() it first.
  [[nodiscard]] const Codec* find(Oid type) const;
  /// Enums are read as their labels, arrays by their elements, domains as what they are made of, geometries
  /// of PostGIS as WKT, everything else as text.
  void learn(const std::vector<CatalogType>& types);
  /// How many digits money has behind the point, which lc_monetary decides.
  void set_money_scale(int scale);

 private:
  void add_array(Oid array, const Codec& element);
  [[nodiscard]] const Codec* learn_one(const std::vector<CatalogType>& types, Oid type, int depth);

  std::map<Oid, Codec> codecs_;
  std::map<Oid, Codec> nested_;  // of arrays of several dimensions
};

/// Digits of a numeric from its binary form, such as "-12.50", "NaN", "Infinity"; false when malformed.
[[nodiscard]] bool append_numeric(std::string& out, std::string_view bytes);

}  // namespace penstock::postgresql
