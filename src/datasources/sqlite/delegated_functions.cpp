#include "datasources/sqlite/delegated_functions.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "datasources/sqlite/handle.hpp"

namespace penstock::sqlite {

namespace {

constexpr sqlite3_int64 kMostPrintedBytes = 256LL << 20;
// Two objects of 90 KB each, or a patch of 100 bytes for 80 MB.
constexpr sqlite3_int64 kMostPatchProduct = 1LL << 33;

std::string_view text_of(sqlite3_value* value) noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

// Calls SQLite's own function of a name, on a database that has nothing else: where a function is replaced,
// SQLite's own cannot be called any more.
class Original {
 public:
  explicit Original(const char* name) : name_(name) {}

  void call(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (!prepare(count)) return sqlite3_result_error_nomem(context);
    sqlite3_limit(handle_.get(), SQLITE_LIMIT_LENGTH,
                  sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1));
    sqlite3_stmt* statement = statement_.get();
    for (int i = 0; i < count; ++i)
      sqlite3_bind_value(statement, i + 1, arguments[i]);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
      sqlite3_result_value(context, sqlite3_column_value(statement, 0));
    } else if (code == SQLITE_TOOBIG) {
      sqlite3_result_error_toobig(context);
    } else {
      sqlite3_result_error(context, sqlite3_errmsg(handle_.get()), -1);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }

 private:
  bool prepare(int count) {
    if (statement_ != nullptr && count == count_) return true;
    if (handle_ == nullptr) {
      sqlite3* raw = nullptr;
      const int code =
          sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
      handle_.reset(raw);
      if (code != SQLITE_OK) return false;
      sqlite3_db_config(raw, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
    }
    std::string sql = "SELECT " + std::string(name_) + "(";
    for (int i = 0; i < count; ++i)
      sql += i == 0 ? "?" : ",?";
    sql += ")";
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    statement_.reset(raw);
    count_ = count;
    return code == SQLITE_OK;
  }

  const char* name_;
  DatabaseHandle handle_;  // before what is prepared on it; opened at the first call
  StatementHandle statement_;
  int count_ = -1;
};

Original& original_of(sqlite3_context* context) noexcept {
  return *static_cast<Original*>(sqlite3_user_data(context));
}

constexpr sqlite3_int64 kMostNumber = std::numeric_limits<int>::max();

sqlite3_int64 magnitude_of(sqlite3_value* value) noexcept {
  const sqlite3_int64 number = sqlite3_value_int64(value);
  return number < -kMostNumber ? kMostNumber : std::min(number < 0 ? -number : number, kMostNumber);
}

// What the conversions of a format ask for by number: their widths and precisions, each `*` the next
// argument.
sqlite3_int64 widths_in(std::string_view format, std::span<sqlite3_value*> arguments) noexcept {
  constexpr std::string_view kBeforeLetter = "-+ #!0,l.123456789*";
  sqlite3_int64 sum = 0;
  std::size_t next = 0;
  for (std::size_t i = format.find('%'); i < format.size(); i = format.find('%', i)) {
    ++i;
    sqlite3_int64 number = 0;
    for (; i < format.size() && kBeforeLetter.find(format[i]) != std::string_view::npos; ++i) {
      const char c = format[i];
      if (c >= '0' && c <= '9') {
        number = std::min(number * 10 + (c - '0'), kMostNumber);
        continue;
      }
      sum += std::exchange(number, 0);
      if (c == '*' && next < arguments.size()) sum += magnitude_of(arguments[next++]);
    }
    sum += number;
    if (i < format.size() && format[i] != '%' && format[i] != 'n') ++next;
    if (i < format.size()) ++i;
  }
  return sum;
}

void print_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (count == 0 || sqlite3_value_type(arguments[0]) == SQLITE_NULL) return;
  const std::span<sqlite3_value*> values(arguments + 1, static_cast<std::size_t>(count) - 1);
  sqlite3_int64 work = widths_in(text_of(arguments[0]), values);
  for (sqlite3_value* value : values) {
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_TEXT || type == SQLITE_BLOB) work += sqlite3_value_bytes(value);
  }
  if (work > kMostPrintedBytes) {
    sqlite3_result_error(context, "the widths and precisions of a format add up to too much", -1);
    return;
  }
  try {
    original_of(context).call(context, count, arguments);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

void json_patch_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  const sqlite3_int64 product = static_cast<sqlite3_int64>(text_of(arguments[0]).size()) *
                                static_cast<sqlite3_int64>(text_of(arguments[1]).size());
  if (product > kMostPatchProduct) {
    sqlite3_result_error(context, "the values given to json_patch() are too large for each other", -1);
    return;
  }
  try {
    original_of(context).call(context, count, arguments);
    constexpr unsigned kJsonSubtype = 'J';
    sqlite3_result_subtype(context, kJsonSubtype);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

struct Bounded {
  const char* name;
  int arguments;
  void (*call)(sqlite3_context*, int, sqlite3_value**);
};
constexpr std::array kBounded{
    Bounded{"printf", -1, &print_function},
    Bounded{"format", -1, &print_function},
    Bounded{"json_patch", 2, &json_patch_function},
};

void destroy_original(void* original) noexcept {
  delete static_cast<Original*>(original);
}

}  // namespace

bool bound_functions(sqlite3* database) noexcept {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  return std::ranges::all_of(kBounded, [database](const Bounded& bounded) {
    auto* original = new (std::nothrow) Original(bounded.name);
    // SQLite destroys it, also when the registration fails.
    return original != nullptr &&
           sqlite3_create_function_v2(database, bounded.name, bounded.arguments, kFlags, original,
                                      bounded.call, nullptr, nullptr, &destroy_original) == SQLITE_OK;
  });
}

}  // namespace penstock::sqlite
