// Geometries and geographies of PostGIS as text that people and programs read: WKT, in PostGIS's extended
// form with the SRID in front, so that it can be given back as a parameter. Source:
// https://postgis.net/docs/using_postgis_dbmanagement.html#OGC_WKB (EWKB, EWKT), and ISO 13249-3 for the
// names of dimensions and curves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::postgresql {

/// Appends "SRID=4326;POINT Z (1 2 3)" for what geometry_send() sends; false when it is malformed or nests
/// deeper than PostGIS reads, and then `out` is as it was. Every digit of a coordinate is kept.
[[nodiscard]] bool append_geometry(std::string& out, std::string_view ewkb);

/// "(PointZ,4326)" for a column's type modifier, as PostGIS writes it; empty for none.
[[nodiscard]] std::string geometry_modifier(std::int32_t modifier);

}  // namespace penstock::postgresql
