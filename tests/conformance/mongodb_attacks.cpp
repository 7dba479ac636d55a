#include "conformance/mongodb_quirks.hpp"

namespace penstock::conformance {

namespace {

// What writes, runs JavaScript, or is a command of another kind.
std::vector<Attack> foreign_commands() {
  return {
      {"out", R"({"aggregate": "people", "pipeline": [{"$out": "loot"}]})"},
      {"out_elsewhere",
       R"({"aggregate": "people", "pipeline": [{"$out": {"db": "payroll_db", "coll": "loot"}}]})"},
      {"merge", R"({"aggregate": "people", "pipeline": [{"$merge": {"into": "people"}}]})"},
      {"out_in_facet", R"({"aggregate": "people", "pipeline": [{"$facet": {"a": [{"$out": "loot"}]}}]})"},
      {"merge_in_lookup", R"({"aggregate": "people", "pipeline": [{"$lookup": {"from": "people",
         "pipeline": [{"$merge": "loot"}], "as": "x"}}]})"},
      {"merge_in_union", R"({"aggregate": "people", "pipeline": [{"$unionWith": {"coll": "people",
         "pipeline": [{"$merge": "loot"}]}}]})"},
      {"two_keys_in_a_stage", R"({"aggregate": "people", "pipeline": [{"$match": {}, "$out": "loot"}]})"},
      {"escaped_out", R"({"aggregate": "people", "pipeline": [{"\u0024out": "loot"}]})"},
      {"where", R"({"find": "people", "filter": {"$where": "this.id == 'p1'"}})"},
      {"where_nested", R"({"find": "people", "filter": {"$or": [{"$and": [{"$where": "sleep"}]}]}})"},
      {"where_code", R"({"find": "people", "filter": {"$where": {"$code": "while true"}}})"},
      {"code_value", R"({"find": "people", "filter": {"x": {"$code": "1"}}})"},
      {"function", R"({"aggregate": "people", "pipeline": [{"$project": {"x": {"$function":
         {"body": "return 1", "args": [], "lang": "js"}}}}]})"},
      {"function_in_expr", R"({"find": "people", "filter": {"$expr": {"$function": {"body": "", "args": [],
         "lang": "js"}}}})"},
      {"accumulator",
       R"({"aggregate": "people", "pipeline": [{"$group": {"_id": 1, "x": {"$accumulator": {}}}}]})"},
      {"map_reduce", R"({"mapReduce": "people", "map": "emit", "reduce": "sum", "out": "loot"})"},
      {"insert", R"({"insert": "people", "documents": [{"id": "x"}]})"},
      {"update",
       R"({"update": "people", "updates": [{"q": {}, "u": {"$set": {"name": "x"}}, "multi": true}]})"},
      {"delete", R"({"delete": "people", "deletes": [{"q": {}, "limit": 0}]})"},
      {"find_and_modify", R"({"findAndModify": "people", "query": {}, "remove": true})"},
      {"drop", R"({"drop": "people"})"},
      {"drop_database", R"({"dropDatabase": 1})"},
      {"create", R"({"create": "loot"})"},
      {"create_index", R"({"createIndexes": "people", "indexes": [{"key": {"a": 1}, "name": "a"}]})"},
      {"rename", R"({"renameCollection": "customer_db.people", "to": "customer_db.persons"})"},
      {"eval", R"({"eval": "db.people.drop"})"},
      {"shutdown", R"({"shutdown": 1})"},
      {"kill_op", R"({"killOp": 1, "op": 1})"},
      {"get_more", R"({"getMore": 1, "collection": "people"})"},
      {"kill_cursors", R"({"killCursors": "people", "cursors": [1]})"},
      {"create_user", R"({"createUser": "x", "pwd": "x", "roles": ["root"]})"},
      {"users_info", R"({"usersInfo": 1})"},
      {"server_status", R"({"serverStatus": 1})"},
      {"list_databases", R"({"listDatabases": 1})"},
      {"explain", R"({"explain": {"find": "people"}})"},
      {"command_not_first", R"({"filter": {}, "find": "people"})"},
      {"command_in_capitals", R"({"FIND": "people"})"},
      {"second_command", R"({"find": "people", "drop": "people"})"},
  };
}

// What would reach beside the database, or weaken a bound.
std::vector<Attack> wider_reads() {
  return {
      {"db", R"({"find": "salaries", "$db": "payroll_db"})"},
      {"lsid", R"({"find": "people", "lsid": {"id": {"$uuid": "00000000-0000-0000-0000-000000000000"}}})"},
      {"write_concern", R"({"find": "people", "writeConcern": {"w": 0}})"},
      {"read_concern", R"({"find": "people", "readConcern": {"level": "local"}})"},
      {"transaction", R"({"find": "people", "txnNumber": {"$numberLong": "1"}, "startTransaction": true})"},
      {"max_time", R"({"find": "people", "maxTimeMS": 0})"},
      {"no_cursor_timeout", R"({"find": "people", "noCursorTimeout": true})"},
      {"tailable", R"({"find": "people", "tailable": true, "awaitData": true})"},
      {"change_stream", R"({"aggregate": "people", "pipeline": [{"$changeStream": {}}]})"},
      {"current_op", R"({"aggregate": 1, "pipeline": [{"$currentOp": {"allUsers": true}}]})"},
      {"coll_stats", R"({"aggregate": "people", "pipeline": [{"$collStats": {"storageStats": {}}}]})"},
      {"index_stats", R"({"aggregate": "people", "pipeline": [{"$indexStats": {}}]})"},
      {"plan_cache", R"({"aggregate": "people", "pipeline": [{"$planCacheStats": {}}]})"},
      {"sessions", R"({"aggregate": "people", "pipeline": [{"$listSessions": {}}]})"},
      {"user_roles", R"({"aggregate": "people", "pipeline": [{"$project": {"x": "$$USER_ROLES"}}]})"},
      {"lookup_elsewhere", R"({"aggregate": "people", "pipeline": [{"$lookup": {"from": {"db": "payroll_db",
         "coll": "salaries"}, "pipeline": [], "as": "x"}}]})"},
      {"union_elsewhere", R"({"aggregate": "people", "pipeline": [{"$unionWith": {"db": "payroll_db",
         "coll": "salaries"}}]})"},
      {"graph_lookup_elsewhere", R"({"aggregate": "people", "pipeline": [{"$graphLookup": {"from": {"db":
         "payroll_db", "coll": "salaries"}, "startWith": "$id", "connectFromField": "a", "connectToField": "b",
         "as": "x"}}]})"},
      {"system_users", R"({"find": "system.users"})"},
      {"system_users_looked_up", R"({"aggregate": "people", "pipeline": [{"$lookup": {"from": "system.users",
         "pipeline": [], "as": "x"}}]})"},
      {"system_js", R"({"count": "system.js"})"},
      {"command_collection", R"({"find": "$cmd.sys.inprog"})"},
      {"collection_with_nul", R"({"find": "people\u0000x"})"},
      {"no_collection", R"({"find": ""})"},
      {"collection_is_a_number", R"({"find": 1})"},
      {"deep", R"({"find": "people", "filter": )" +
                   [] {
                     std::string deep;
                     for (int i = 0; i < 500; ++i)
                       deep += R"({"a": )";
                     return deep + "1" + std::string(500, '}') + "}";
                   }()},
      {"two_commands", R"({"find": "people"} {"drop": "people"})"},
  };
}

std::vector<Attack> sql_statements() {
  return {
      {"sql_insert", "INSERT INTO people VALUES ('x', 'y', 'z')"},
      {"sql_update", "UPDATE people SET name = 'x'"},
      {"sql_delete", "DELETE FROM people"},
      {"sql_drop", "DROP TABLE people"},
      {"sql_create", "CREATE TABLE loot AS SELECT * FROM people"},
      {"sql_into", "SELECT * INTO loot FROM people"},
      {"sql_with_delete", "WITH x AS (DELETE FROM people RETURNING *) SELECT * FROM x"},
      {"sql_second", "SELECT * FROM people; DROP TABLE people"},
      {"sql_copy", "COPY people TO '{folder}/x'"},
      {"sql_system", "SELECT * FROM \"system.users\""},
      {"sql_dollar_field", "SELECT \"$where\" FROM people WHERE \"$where\" = 'this.id'"},
      {"sql_function", "SELECT pg_read_file('/etc/passwd') FROM people"},
      {"sql_unmapped", "SELECT * FROM payroll_db.salaries"},
      {"sql_admin", "SELECT * FROM admin.\"system.users\""},
      {"sql_config", "SELECT * FROM config.settings"},
  };
}

}  // namespace

std::vector<Attack> mongodb_attacks() {
  std::vector<Attack> attacks = foreign_commands();
  for (const auto& more : {wider_reads(), sql_statements()})
    attacks.insert(attacks.end(), more.begin(), more.end());
  return attacks;
}

}  // namespace penstock::conformance
