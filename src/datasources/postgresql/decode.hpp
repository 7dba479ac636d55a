// One function a binary representation: bytes of PostgreSQL to a value of a column. See Codec::Append.
#pragma once

#include "datasources/postgresql/types.hpp"

namespace penstock::postgresql::decode {

bool boolean(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool int2(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool int4(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool int8(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool uint4(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool uint8(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool float4(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool float8(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool numeric(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool money(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool text(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool single_char(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool bytes(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool date(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool time(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool time_tz(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool timestamp(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool timestamp_tz(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool interval(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool uuid(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool jsonb(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool bits(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool network_address(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool mac_address(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool tuple_id(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool log_position(const Codec&, std::string_view bytes, ColumnBuilder& column);
bool geometry(const Codec&, std::string_view bytes, ColumnBuilder& column);
/// One dimension, or none; more do not fit a list and are refused, with nothing appended.
bool array(const Codec&, std::string_view bytes, ColumnBuilder& column);
/// An array of any number of dimensions as JSON: [[1,2],[3,null]].
bool nested_array(const Codec&, std::string_view bytes, ColumnBuilder& column);

/// Whether it is one of several.
bool is_nested_array(std::string_view bytes);

}  // namespace penstock::postgresql::decode
