#include "datasources/duckdb/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock::duckdb {

namespace {

constexpr std::string_view kFilesChanged = "55000";

Error make(ErrorCode code, std::string message, std::string_view sqlstate) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.sqlstate = sqlstate;
  return error;
}

// "Catalog Error" and what follows it, up to the end of the line: what is behind that shows the statement, or
// names of other tables.
struct Parts {
  std::string_view kind;
  std::string_view text;
};
Parts parts_of(std::string_view message) noexcept {
  const std::size_t colon = message.find(" Error: ");
  Parts parts;
  if (colon != std::string_view::npos && colon < 40) {
    parts.kind = message.substr(0, colon);
    message.remove_prefix(colon + 8);
  }
  parts.text = message.substr(0, message.find('\n'));
  return parts;
}

// What stands between the two marks.
std::string_view between(std::string_view text, std::string_view before, std::string_view behind) noexcept {
  const std::size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  const std::size_t from = start + before.size();
  const std::size_t end = text.find(behind, from);
  return end == std::string_view::npos ? std::string_view{} : text.substr(from, end - from);
}

Error catalog_error(std::string_view text, std::string_view database) {
  const std::string in = " in " + std::string(database);
  if (const auto name = between(text, "Table with name ", " does not exist"); !name.empty())
    return make(ErrorCode::not_found, "there is no table `" + std::string(name) + "`" + in, "42P01");
  for (const std::string_view kind : {"Function", "Type", "Schema", "Collation"}) {
    const auto name = between(text, std::string(kind) + " with name ", " does not exist");
    if (name.empty()) continue;
    std::string what(kind);
    what.front() = static_cast<char>(what.front() | 0x20);
    return make(ErrorCode::not_found, "there is no " + what + " `" + std::string(name) + "`" + in,
                kind == "Function" ? "42883" : "42704");
  }
  return make(ErrorCode::not_found, "DuckDB does not find what the statement names: " + std::string(text),
              "42704");
}

Error binder_error(std::string_view text, std::string_view database) {
  if (text.starts_with("Contents of view were altered")) {
    Error error =
        make(ErrorCode::unavailable,
             "files of " + std::string(database) + " changed while the statement started; try again",
             kFilesChanged);
    error.retryable = true;
    return error;
  }
  if (const auto name = between(text, "Referenced column \"", "\" not found"); !name.empty()) {
    return make(ErrorCode::not_found,
                "there is no column `" + std::string(name) + "` in the tables that the statement reads, in " +
                    std::string(database),
                "42703");
  }
  if (const auto name = between(text, "does not have a column named \"", "\""); !name.empty()) {
    return make(ErrorCode::not_found, "there is no column `" + std::string(name) + "` in that table",
                "42703");
  }
  if (text.starts_with("Referenced table"))
    return make(ErrorCode::not_found,
                "the statement names a table that it does not read: " + std::string(text), "42P01");
  return make(ErrorCode::invalid_argument, "DuckDB cannot run the statement: " + std::string(text), "42000");
}

Error file_error(std::string_view text, std::string_view database) {
  if (text.find("lock") != std::string_view::npos) {
    Error error =
        make(ErrorCode::unavailable,
             "the file of " + std::string(database) +
                 " is open for writing in another process, which DuckDB allows one alone; try again "
                 "when it has closed it",
             "55P03");
    error.retryable = true;
    return error;
  }
  return make(ErrorCode::unavailable, "reading the files of " + std::string(database) + " failed", "58030");
}

Error running_error(std::string_view kind) {
  // What follows may hold values.
  if (kind == "Conversion") {
    return make(ErrorCode::invalid_argument,
                "a value cannot be converted to the type that is asked for; TRY_CAST gives NULL instead",
                "22018");
  }
  if (kind == "Out of Range")
    return make(ErrorCode::invalid_argument, "a number is out of the range of its type", "22003");
  return make(ErrorCode::invalid_argument, "DuckDB could not finish the statement", "22000");
}

Error classified(const Parts& parts, std::string_view message, std::string_view database) {
  const std::string_view kind = parts.kind;
  const std::string text(parts.text);
  if (kind == "Catalog") return catalog_error(text, database);
  if (kind == "Binder") return binder_error(text, database);
  if (kind == "Parser" || kind == "Syntax")
    return make(ErrorCode::syntax_error, "DuckDB cannot parse the statement: " + text, "42601");
  if (kind == "Permission" || message.find("disabled through configuration") != std::string_view::npos) {
    return make(
        ErrorCode::forbidden,
        "the statement would reach a file or an extension that is no table of " + std::string(database),
        "42501");
  }
  if (kind == "IO") return file_error(text, database);
  if (kind == "Out of Memory") {
    return make(ErrorCode::limit_exceeded,
                "the statement needs more memory than `memory_limit` allows; narrow it, or raise that",
                "53200");
  }
  if (message.find("Cannot execute statement of type") != std::string_view::npos)
    return make(ErrorCode::read_only, "this access is read-only, and the statement would write", "25006");
  constexpr std::array<std::string_view, 3> kRunning{"Conversion", "Out of Range", "Invalid Input"};
  if (std::ranges::find(kRunning, kind) != kRunning.end()) return running_error(kind);
  if (kind == "Not implemented")
    return make(ErrorCode::unsupported, "DuckDB cannot do this: " + text, "0A000");
  if (kind == "INTERNAL" || kind == "FATAL")
    return make(ErrorCode::unavailable, "DuckDB failed within itself on this statement", "XX000");
  return make(ErrorCode::invalid_argument, "DuckDB could not run the statement", "42000");
}

}  // namespace

Error error_of(std::string_view message, std::string_view database) {
  Error error = classified(parts_of(message), message, database);
  error.server_message = message;
  return error;
}

bool is_interrupt(std::string_view message) noexcept {
  return message.starts_with("INTERRUPT Error");
}

bool is_fatal(std::string_view message) noexcept {
  return message.starts_with("FATAL Error") ||
         message.find("database has been invalidated") != std::string_view::npos;
}

bool files_changed(const Error& error) noexcept {
  return error.sqlstate == kFilesChanged;
}

std::string_view missing_table(std::string_view message) noexcept {
  return between(message, "Table with name ", " does not exist");
}

}  // namespace penstock::duckdb
