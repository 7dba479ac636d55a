// The functions of well-known extensions that a statement may call, reviewed against PostGIS 3.3 and the
// contrib modules of PostgreSQL 15. A test holds the contrib modules against a real server.
#include "datasources/postgresql/functions_tables.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::string_view kWholesale =
    "reads or writes in ways that the statement does not show, and is not for agents";

constexpr KnownExtension kKnown[] = {
    {
        .name = "hstore",
        .allowed = R"(
akeys avals defined delete each exist exists_all exists_any fetchval hs_concat hs_contained hs_contains
hstore hstore_cmp hstore_eq hstore_ge hstore_gt hstore_hash hstore_hash_extended hstore_le hstore_lt
hstore_ne hstore_to_array hstore_to_json hstore_to_json_loose hstore_to_jsonb hstore_to_jsonb_loose
hstore_to_matrix isdefined isexists populate_record skeys slice slice_array svals tconvert)",
        .refused = R"(
hstore_version_diag)",
        .refused_reason = "is part of the extension's inside and not meant to be called",
    },
    {
        .name = "pg_trgm",
        .allowed = R"(
show_limit show_trgm similarity similarity_dist similarity_op strict_word_similarity
strict_word_similarity_commutator_op strict_word_similarity_dist_commutator_op
strict_word_similarity_dist_op strict_word_similarity_op word_similarity word_similarity_commutator_op
word_similarity_dist_commutator_op word_similarity_dist_op word_similarity_op)",
        .refused = R"(
set_limit)",
        .refused_reason = "changes a setting of the session, which the next query of somebody else uses",
    },
    {
        .name = "pgcrypto",
        .allowed = R"(
armor crypt dearmor decrypt decrypt_iv digest encrypt encrypt_iv gen_random_bytes gen_random_uuid gen_salt
hmac pgp_armor_headers pgp_key_id pgp_pub_decrypt pgp_pub_decrypt_bytea pgp_pub_encrypt
pgp_pub_encrypt_bytea pgp_sym_decrypt pgp_sym_decrypt_bytea pgp_sym_encrypt pgp_sym_encrypt_bytea)",
    },
    {
        .name = "uuid-ossp",
        .allowed = R"(
uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns
uuid_ns_oid uuid_ns_url uuid_ns_x500)",
        .refused = "uuid_generate_v1",
        .refused_reason = "shows the address of the server's network card",
    },
    {
        .name = "citext",
        .allowed = R"(
citext citext_cmp citext_eq citext_ge citext_gt citext_hash citext_hash_extended citext_larger citext_le
citext_lt citext_ne citext_pattern_cmp citext_pattern_ge citext_pattern_gt citext_pattern_le
citext_pattern_lt citext_smaller max min regexp_match regexp_matches regexp_replace regexp_split_to_array
regexp_split_to_table replace split_part strpos texticlike texticnlike texticregexeq texticregexne translate)",
    },
    {
        .name = "ltree",
        .allowed = R"(
_lt_q_regex _lt_q_rregex _ltq_extract_regex _ltq_regex _ltq_rregex _ltree_extract_isparent
_ltree_extract_risparent _ltree_isparent _ltree_r_isparent _ltree_r_risparent _ltree_risparent _ltxtq_exec
_ltxtq_extract_exec _ltxtq_rexec index lca lt_q_regex lt_q_rregex ltq_regex ltq_rregex ltree2text
ltree_addltree ltree_addtext ltree_cmp ltree_eq ltree_ge ltree_gt ltree_isparent ltree_le ltree_lt ltree_ne
ltree_risparent ltree_textadd ltxtq_exec ltxtq_rexec nlevel subltree subpath text2ltree)",
    },
    {
        .name = "intarray",
        .allowed = R"(
_int_contained _int_contains _int_different _int_inter _int_overlap _int_same _int_union boolop icount idx
intarray_del_elem intarray_push_array intarray_push_elem intset intset_subtract intset_union_elem querytree
rboolop sort sort_asc sort_desc subarray uniq)",
    },
    {
        .name = "cube",
        .allowed = R"(
cube cube_cmp cube_contained cube_contains cube_coord cube_coord_llur cube_dim cube_distance cube_enlarge
cube_eq cube_ge cube_gt cube_inter cube_is_point cube_le cube_ll_coord cube_lt cube_ne cube_overlap
cube_size cube_subset cube_union cube_ur_coord distance_chebyshev distance_taxicab)",
    },
    {
        .name = "earthdistance",
        .allowed = R"(
earth earth_box earth_distance gc_to_sec geo_distance latitude ll_to_earth longitude sec_to_gc)",
    },
    {
        .name = "unaccent",
        .allowed = R"(
unaccent)",
    },
    {
        .name = "fuzzystrmatch",
        .allowed = R"(
difference dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal metaphone soundex text_soundex)",
    },
    {
        .name = "tablefunc",
        .allowed = R"(
normal_rand)",
        .refused = R"(
connectby crosstab crosstab2 crosstab3 crosstab4)",
        .refused_reason =
            "runs SQL, or reads tables, that only a text names, so that nothing can be checked before",
    },
    {
        .name = "btree_gist",
        .allowed = R"(
cash_dist date_dist float4_dist float8_dist int2_dist int4_dist int8_dist interval_dist oid_dist time_dist
ts_dist tstz_dist)",
    },
    {
        .name = "btree_gin",
        .allowed = R"(
gin_enum_cmp gin_numeric_cmp)",
    },
    {
        .name = "isn",
        .allowed = R"(
btean13cmp btisbn13cmp btisbncmp btismn13cmp btismncmp btissn13cmp btissncmp btupccmp hashean13 hashisbn
hashisbn13 hashismn hashismn13 hashissn hashissn13 hashupc is_valid isbn isbn13 ismn ismn13 isneq isnge
isngt isnle isnlt isnne issn issn13 make_valid upc)",
        .refused = R"(
isn_weak)",
        .refused_reason = "changes a setting of the session, which the next query of somebody else uses",
    },
    {
        .name = "seg",
        .allowed = R"(
seg_center seg_cmp seg_contained seg_contains seg_different seg_ge seg_gt seg_inter seg_le seg_left
seg_lower seg_lt seg_over_left seg_over_right seg_overlap seg_right seg_same seg_size seg_union seg_upper)",
    },
    {
        .name = "intagg",
        .allowed = R"(
int_array_aggregate int_array_enum)",
    },
    {
        .name = "xml2",
        .allowed = R"(
xml_encode_special_chars xml_valid xpath_bool xpath_list xpath_nodeset xpath_number xpath_string)",
        .refused = R"(
xpath_table xslt_process)",
        .refused_reason = "runs SQL, or reads tables or files, that only a text names, so that nothing can "
                          "be checked before",
    },
    {
        .name = "tsm_system_rows",
        .allowed = R"(
system_rows)",
    },
    {
        .name = "tsm_system_time",
        .allowed = R"(
system_time)",
    },
    {
        .name = "vector",
        .allowed = R"(
array_to_halfvec array_to_sparsevec array_to_vector binary_quantize cosine_distance halfvec hamming_distance
inner_product jaccard_distance l1_distance l2_distance l2_norm l2_normalize negative_inner_product sparsevec
subvector vector vector_add vector_concat vector_dims vector_mul vector_norm vector_sub vector_to_float4)",
    },
    {
        .name = "postgis",
        .allowed = R"(
box2d box3d box3dtobox bytea contains_2d equals find_srid geography geography_cmp geography_distance_knn
geography_eq geography_ge geography_gt geography_le geography_lt geography_overlaps geometry geometry_above
geometry_below geometry_cmp geometry_contained_3d geometry_contains geometry_contains_3d
geometry_contains_nd geometry_distance_box geometry_distance_centroid geometry_distance_centroid_nd
geometry_distance_cpa geometry_eq geometry_ge geometry_gt geometry_hash geometry_le geometry_left
geometry_lt geometry_overabove geometry_overbelow geometry_overlaps geometry_overlaps_3d
geometry_overlaps_nd geometry_overleft geometry_overright geometry_right geometry_same geometry_same_3d
geometry_same_nd geometry_sortsupport geometry_within geometry_within_nd geometrytype geomfromewkb
geomfromewkt get_proj4_from_srid is_contained_2d json jsonb overlaps_2d overlaps_geog overlaps_nd
postgis_addbbox postgis_constraint_dims postgis_constraint_srid postgis_constraint_type postgis_dropbbox
postgis_full_version postgis_geos_noop postgis_geos_version postgis_getbbox postgis_hasbbox
postgis_lib_build_date postgis_lib_revision postgis_lib_version postgis_libjson_version
postgis_liblwgeom_version postgis_libprotobuf_version postgis_libxml_version postgis_noop
postgis_proj_version postgis_scripts_build_date postgis_scripts_installed postgis_scripts_released
postgis_svn_version postgis_transform_geometry postgis_type_name postgis_typmod_dims postgis_typmod_srid
postgis_typmod_type postgis_version postgis_wagyu_version st_3dclosestpoint st_3ddfullywithin st_3ddistance
st_3ddwithin st_3dextent st_3dintersects st_3dlength st_3dlineinterpolatepoint st_3dlongestline st_3dmakebox
st_3dmaxdistance st_3dperimeter st_3dshortestline st_addmeasure st_addpoint st_affine st_angle st_area
st_area2d st_asbinary st_asencodedpolyline st_asewkb st_asewkt st_asflatgeobuf st_asgeobuf st_asgeojson
st_asgml st_ashexewkb st_askml st_aslatlontext st_asmarc21 st_asmvt st_asmvtgeom st_assvg st_astext
st_astwkb st_asx3d st_azimuth st_bdmpolyfromtext st_bdpolyfromtext st_boundary st_boundingdiagonal
st_box2dfromgeohash st_buffer st_buildarea st_centroid st_chaikinsmoothing st_cleangeometry st_clipbybox2d
st_closestpoint st_closestpointofapproach st_clusterdbscan st_clusterintersecting st_clusterkmeans
st_clusterwithin st_collect st_collectionextract st_collectionhomogenize st_combinebbox st_concavehull
st_contains st_containsproperly st_convexhull st_coorddim st_coveredby st_covers st_cpawithin st_crosses
st_curvetoline st_delaunaytriangles st_dfullywithin st_difference st_dimension st_disjoint st_distance
st_distancecpa st_distancesphere st_distancespheroid st_dump st_dumppoints st_dumprings st_dumpsegments
st_dwithin st_endpoint st_envelope st_equals st_expand st_extent st_exteriorring st_filterbym
st_flipcoordinates st_force2d st_force3d st_force3dm st_force3dz st_force4d st_forcecollection st_forcecurve
st_forcepolygonccw st_forcepolygoncw st_forcerhr st_forcesfs st_frechetdistance st_fromflatgeobuf
st_generatepoints st_geogfromtext st_geogfromwkb st_geographyfromtext st_geohash st_geomcollfromtext
st_geomcollfromwkb st_geometricmedian st_geometryfromtext st_geometryn st_geometrytype st_geomfromewkb
st_geomfromewkt st_geomfromgeohash st_geomfromgeojson st_geomfromgml st_geomfromkml st_geomfrommarc21
st_geomfromtext st_geomfromtwkb st_geomfromwkb st_gmltosql st_hasarc st_hausdorffdistance st_hexagon
st_hexagongrid st_interiorringn st_interpolatepoint st_intersection st_intersects st_isclosed
st_iscollection st_isempty st_ispolygonccw st_ispolygoncw st_isring st_issimple st_isvalid st_isvaliddetail
st_isvalidreason st_isvalidtrajectory st_length st_length2d st_length2dspheroid st_lengthspheroid st_letters
st_linecrossingdirection st_linefromencodedpolyline st_linefrommultipoint st_linefromtext st_linefromwkb
st_lineinterpolatepoint st_lineinterpolatepoints st_linelocatepoint st_linemerge st_linestringfromwkb
st_linesubstring st_linetocurve st_locatealong st_locatebetween st_locatebetweenelevations st_longestline
st_m st_makebox2d st_makeenvelope st_makeline st_makepoint st_makepointm st_makepolygon st_makevalid
st_maxdistance st_maximuminscribedcircle st_memcollect st_memsize st_memunion st_minimumboundingcircle
st_minimumboundingradius st_minimumclearance st_minimumclearanceline st_mlinefromtext st_mlinefromwkb
st_mpointfromtext st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb st_multi st_multilinefromwkb
st_multilinestringfromtext st_multipointfromtext st_multipointfromwkb st_multipolyfromwkb
st_multipolygonfromtext st_ndims st_node st_normalize st_npoints st_nrings st_numgeometries
st_numinteriorring st_numinteriorrings st_numpatches st_numpoints st_offsetcurve st_orderingequals
st_orientedenvelope st_overlaps st_patchn st_perimeter st_perimeter2d st_point st_pointfromgeohash
st_pointfromtext st_pointfromwkb st_pointinsidecircle st_pointm st_pointn st_pointonsurface st_points
st_pointz st_pointzm st_polyfromtext st_polyfromwkb st_polygon st_polygonfromtext st_polygonfromwkb
st_polygonize st_project st_quantizecoordinates st_reduceprecision st_relate st_relatematch st_removepoint
st_removerepeatedpoints st_reverse st_rotate st_rotatex st_rotatey st_rotatez st_scale st_scroll
st_segmentize st_seteffectivearea st_setpoint st_setsrid st_sharedpaths st_shiftlongitude st_shortestline
st_simplify st_simplifypolygonhull st_simplifypreservetopology st_simplifyvw st_snap st_snaptogrid st_split
st_square st_squaregrid st_srid st_startpoint st_subdivide st_summary st_swapordinates st_symdifference
st_symmetricdifference st_tileenvelope st_touches st_transform st_translate st_transscale
st_triangulatepolygon st_unaryunion st_union st_voronoilines st_voronoipolygons st_within st_wkbtosql
st_wkttosql st_wrapx st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmflag st_zmin)",
        .refused = R"(
_postgis_deprecate _postgis_index_extent _postgis_join_selectivity _postgis_pgsql_version
_postgis_scripts_pgsql_version _postgis_selectivity _postgis_stats _st_3ddfullywithin _st_3ddwithin
_st_3dintersects _st_asgml _st_asx3d _st_bestsrid _st_contains _st_containsproperly _st_coveredby _st_covers
_st_crosses _st_dfullywithin _st_distancetree _st_distanceuncached _st_dwithin _st_dwithinuncached
_st_equals _st_expand _st_geomfromgml _st_intersects _st_linecrossingdirection _st_longestline
_st_maxdistance _st_orderingequals _st_overlaps _st_pointoutside _st_sortablehash _st_touches _st_voronoi
_st_within addauth addgeometrycolumn checkauth checkauthtrigger disablelongtransactions dropgeometrycolumn
dropgeometrytable enablelongtransactions gettransactionid lockrow longtransactionsenabled
populate_geometry_columns postgis_cache_bbox postgis_extensions_upgrade st_estimatedextent st_findextent
st_fromflatgeobuftotable unlockrows updategeometrysrid)",
        .refused_reason =
            "is part of the extension's inside, or reads and writes in ways that the statement does not show",
        .relations = "spatial_ref_sys geometry_columns geography_columns",
    },
    {
        .name = "dblink",
        .refused = R"(
dblink dblink_build_sql_delete dblink_build_sql_insert dblink_build_sql_update dblink_cancel_query
dblink_close dblink_connect dblink_connect_u dblink_current_query dblink_disconnect dblink_error_message
dblink_exec dblink_fdw_validator dblink_fetch dblink_get_connections dblink_get_notify dblink_get_pkey
dblink_get_result dblink_is_busy dblink_open dblink_send_query)",
        .refused_reason = kWholesale,
    },
    {
        .name = "lo",
        .refused = R"(
lo_oid)",
        .refused_reason = kWholesale,
    },
    {
        .name = "sslinfo",
        .refused = R"(
ssl_cipher ssl_client_cert_present ssl_client_dn ssl_client_dn_field ssl_client_serial ssl_extension_info
ssl_is_used ssl_issuer_dn ssl_issuer_field ssl_version)",
        .refused_reason = kWholesale,
    },
    {
        .name = "postgres_fdw",
        .refused = R"(
postgres_fdw_disconnect postgres_fdw_disconnect_all postgres_fdw_get_connections postgres_fdw_validator)",
        .refused_reason = kWholesale,
    },
    {
        .name = "adminpack",
        .refused = R"(
pg_file_rename pg_file_sync pg_file_unlink pg_file_write pg_logdir_ls)",
        .refused_reason = kWholesale,
    },
};

}  // namespace

const std::span<const KnownExtension> kKnownExtensions = kKnown;

}  // namespace penstock::postgresql
