#include "datasources/sqlite/policy.hpp"

#include <algorithm>
#include <array>

#include "datasources/sqlite/lexer.hpp"

namespace penstock::sqlite {

namespace {

constexpr FunctionRule allow(std::string_view name) {
  return {name, Verdict::allowed, {}};
}

constexpr std::string_view kSessionState = "it tells what the session did before";
constexpr std::string_view kShowsPointers = "it hands out or takes pointers into the process";
constexpr std::string_view kDebugging = "it decodes raw index pages, for debugging";

// https://www.sqlite.org/lang_corefunc.html, lang_datefunc.html, lang_aggfunc.html, windowfunctions.html,
// lang_mathfunc.html, json1.html, fts3.html, fts5.html, rtree.html
constexpr std::array kFunctions{
    allow("->"),
    allow("->>"),
    allow("abs"),
    allow("acos"),
    allow("acosh"),
    allow("asin"),
    allow("asinh"),
    allow("atan"),
    allow("atan2"),
    allow("atanh"),
    allow("avg"),
    allow("bm25"),
    allow("ceil"),
    allow("ceiling"),
    FunctionRule{"changes", Verdict::in_triggers, kSessionState},
    allow("char"),
    allow("coalesce"),
    allow("cos"),
    allow("cosh"),
    allow("count"),
    allow("cume_dist"),
    allow("current_date"),
    allow("current_time"),
    allow("current_timestamp"),
    allow("date"),
    allow("datetime"),
    allow("degrees"),
    allow("dense_rank"),
    allow("exp"),
    allow("first_value"),
    allow("floor"),
    allow("format"),
    FunctionRule{"fts3_tokenizer", Verdict::refused, kShowsPointers},
    FunctionRule{"fts5", Verdict::refused, kShowsPointers},
    allow("fts5_source_id"),
    allow("glob"),
    allow("group_concat"),
    allow("hex"),
    allow("highlight"),
    allow("ifnull"),
    allow("iif"),
    allow("instr"),
    allow("json"),
    allow("json_array"),
    allow("json_array_length"),
    allow("json_extract"),
    allow("json_group_array"),
    allow("json_group_object"),
    allow("json_insert"),
    allow("json_object"),
    allow("json_patch"),
    allow("json_quote"),
    allow("json_remove"),
    allow("json_replace"),
    allow("json_set"),
    allow("json_type"),
    allow("json_valid"),
    allow("julianday"),
    allow("lag"),
    FunctionRule{"last_insert_rowid", Verdict::in_triggers, kSessionState},
    allow("last_value"),
    allow("lead"),
    allow("length"),
    allow("like"),
    allow("likelihood"),
    allow("likely"),
    allow("ln"),
    FunctionRule{"load_extension", Verdict::refused, "it loads native code into the process"},
    allow("log"),
    allow("log10"),
    allow("log2"),
    allow("lower"),
    allow("ltrim"),
    allow("match"),
    allow("matchinfo"),
    allow("max"),
    allow("min"),
    allow("mod"),
    allow("nth_value"),
    allow("ntile"),
    allow("nullif"),
    allow("offsets"),
    FunctionRule{"optimize", Verdict::refused, "it writes to a full-text index"},
    allow("percent_rank"),
    allow("pi"),
    allow("pow"),
    allow("power"),
    allow("printf"),
    allow("quote"),
    allow("radians"),
    allow("random"),
    allow("randomblob"),
    allow("rank"),
    allow("replace"),
    allow("round"),
    allow("row_number"),
    FunctionRule{"rtreecheck", Verdict::refused, "it reads tables that only its text arguments name"},
    FunctionRule{"rtreedepth", Verdict::refused, kDebugging},
    FunctionRule{"rtreenode", Verdict::refused, kDebugging},
    allow("rtrim"),
    allow("sign"),
    allow("sin"),
    allow("sinh"),
    allow("snippet"),
    allow("soundex"),
    allow("sqlite_compileoption_get"),
    allow("sqlite_compileoption_used"),
    FunctionRule{"sqlite_log", Verdict::refused, "it writes to the log of the process"},
    allow("sqlite_source_id"),
    allow("sqlite_version"),
    allow("sqrt"),
    allow("strftime"),
    allow("substr"),
    allow("substring"),
    allow("subtype"),
    allow("sum"),
    allow("tan"),
    allow("tanh"),
    allow("time"),
    allow("total"),
    FunctionRule{"total_changes", Verdict::in_triggers, kSessionState},
    allow("trim"),
    allow("trunc"),
    allow("typeof"),
    allow("unicode"),
    allow("unixepoch"),
    allow("unlikely"),
    allow("upper"),
    allow("zeroblob"),
};
static_assert(std::ranges::is_sorted(kFunctions, {}, &FunctionRule::name));

constexpr PragmaRule value_of(std::string_view name) {
  return {name, PragmaUse::reads_value, {}};
}
constexpr PragmaRule about(std::string_view name) {
  return {name, PragmaUse::names_object, {}};
}
constexpr PragmaRule setting(std::string_view name) {
  return {name, PragmaUse::refused, "it is a setting of the session, which belongs to Penstock"};
}
constexpr PragmaRule work(std::string_view name) {
  return {name, PragmaUse::refused, "it changes the file or its log"};
}

// https://www.sqlite.org/pragma.html
constexpr std::array kPragmas{
    setting("analysis_limit"),
    value_of("application_id"),
    work("auto_vacuum"),
    setting("automatic_index"),
    setting("busy_timeout"),
    setting("cache_size"),
    setting("cache_spill"),
    setting("case_sensitive_like"),
    setting("cell_size_check"),
    setting("checkpoint_fullfsync"),
    value_of("collation_list"),
    value_of("compile_options"),
    setting("count_changes"),
    PragmaRule{"data_store_directory", PragmaUse::refused, "it changes where the process keeps its files"},
    value_of("data_version"),
    PragmaRule{"database_list", PragmaUse::refused, "it shows paths of the server"},
    setting("default_cache_size"),
    setting("defer_foreign_keys"),
    setting("empty_result_callbacks"),
    value_of("encoding"),
    about("foreign_key_check"),
    about("foreign_key_list"),
    setting("foreign_keys"),
    value_of("freelist_count"),
    setting("full_column_names"),
    setting("fullfsync"),
    value_of("function_list"),
    setting("hard_heap_limit"),
    setting("ignore_check_constraints"),
    work("incremental_vacuum"),
    about("index_info"),
    about("index_list"),
    about("index_xinfo"),
    about("integrity_check"),
    work("journal_mode"),
    work("journal_size_limit"),
    setting("legacy_alter_table"),
    setting("locking_mode"),
    work("max_page_count"),
    setting("mmap_size"),
    value_of("module_list"),
    work("optimize"),
    value_of("page_count"),
    value_of("page_size"),
    value_of("pragma_list"),
    setting("query_only"),
    about("quick_check"),
    setting("read_uncommitted"),
    setting("recursive_triggers"),
    setting("reverse_unordered_selects"),
    value_of("schema_version"),
    work("secure_delete"),
    setting("short_column_names"),
    PragmaRule{"shrink_memory", PragmaUse::refused, "it is for the process, not for a query"},
    setting("soft_heap_limit"),
    setting("synchronous"),
    about("table_info"),
    about("table_list"),
    about("table_xinfo"),
    setting("temp_store"),
    PragmaRule{"temp_store_directory", PragmaUse::refused, "it changes where the process keeps its files"},
    setting("threads"),
    setting("trusted_schema"),
    value_of("user_version"),
    work("wal_autocheckpoint"),
    work("wal_checkpoint"),
    setting("writable_schema"),
};
static_assert(std::ranges::is_sorted(kPragmas, {}, &PragmaRule::name));

// Without sqlite_stmt (texts of other statements), dbstat and the tokenizer tester. Ends with a null, as
// sqlite3_drop_modules() wants it.
constexpr std::array<const char*, 10> kModules{"fts3",  "fts4",      "fts4aux",   "fts5",      "fts5vocab",
                                               "rtree", "rtree_i32", "json_each", "json_tree", nullptr};

template <typename Rules>
auto find_rule(const Rules& rules, std::string_view name) noexcept -> decltype(rules.data()) {
  const auto found = std::ranges::lower_bound(rules, name, {}, [](const auto& rule) { return rule.name; });
  return found != rules.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::span<const FunctionRule> function_rules() noexcept {
  return kFunctions;
}

const FunctionRule* find_function_rule(std::string_view name) noexcept {
  return find_rule(kFunctions, name);
}

std::span<const PragmaRule> pragma_rules() noexcept {
  return kPragmas;
}

const PragmaRule* find_pragma_rule(std::string_view name) noexcept {
  const auto found =
      std::ranges::find_if(kPragmas, [&](const PragmaRule& rule) { return same_name(rule.name, name); });
  return found == kPragmas.end() ? nullptr : &*found;
}

std::span<const char* const> kept_modules() noexcept {
  return kModules;
}

bool may_create_with_module(std::string_view module) noexcept {
  return same_name(module, "fts5") || same_name(module, "rtree") || same_name(module, "rtree_i32");
}

}  // namespace penstock::sqlite
