#include "datasources/duckdb/syntax_tree.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace penstock::duckdb {

namespace {

// Expressions by their "class", everything else that has a "type" by that. A kind that is not here may name
// tables in a way that is not looked at.
constexpr std::array<std::string_view, 18> kClasses{
    "BETWEEN",    "CASE",        "CAST",     "COLLATE",   "COLUMN_REF",
    "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",   "FUNCTION",
    "LAMBDA",     "LAMBDA_REF",  "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE",
    "STAR",       "SUBQUERY",    "WINDOW"};
constexpr std::array<std::string_view, 17> kNodes{"ASCENDING",
                                                  "BASE_TABLE",
                                                  "COLUMN_DATA",
                                                  "CTE_NODE",
                                                  "DESCENDING",
                                                  "EMPTY",
                                                  "EXPRESSION_LIST",
                                                  "JOIN",
                                                  "ORDER_DEFAULT",
                                                  "PIVOT",
                                                  "RECURSIVE_CTE_NODE",
                                                  "SELECT_NODE",
                                                  "SET_OPERATION_NODE",
                                                  "SHOW_REF",
                                                  "SUBQUERY",
                                                  "TABLE_FUNCTION",
                                                  "INVALID"};

bool is_reviewed_node(std::string_view type) noexcept {
  return type.ends_with("_TYPE_INFO") || type.ends_with("_MODIFIER") || std::ranges::count(kNodes, type) != 0;
}

// The strings of one JSON object that tell what it names.
struct Fields {
  std::string node_class, type, function_name, schema, catalog, schema_name, table_name, catalog_name;
  std::string user_type_name, error_type, error_message, position;

  std::string* find(std::string_view key) noexcept {
    struct Known {
      std::string_view key;
      std::string Fields::* field;
    };
    constexpr std::array kKnown{Known{"class", &Fields::node_class},
                                Known{"type", &Fields::type},
                                Known{"function_name", &Fields::function_name},
                                Known{"schema", &Fields::schema},
                                Known{"catalog", &Fields::catalog},
                                Known{"schema_name", &Fields::schema_name},
                                Known{"table_name", &Fields::table_name},
                                Known{"catalog_name", &Fields::catalog_name},
                                Known{"user_type_name", &Fields::user_type_name},
                                Known{"error_type", &Fields::error_type},
                                Known{"error_message", &Fields::error_message},
                                Known{"position", &Fields::position}};
    const auto found = std::ranges::find(kKnown, key, &Known::key);
    return found == kKnown.end() ? nullptr : &(this->*found->field);
  }
};

class Reader {
 public:
  explicit Reader(std::string_view json) : json_(json) {}

  Result<SyntaxTree> run() {
    while (at_ < json_.size() && ok_ && unreviewed_.empty())
      step();
    if (!unreviewed_.empty()) {
      return fail(ErrorCode::unsupported,
                  "the statement uses a construct that is not reviewed for read-only access: " + unreviewed_);
    }
    if (!ok_ || !open_.empty()) return fail(ErrorCode::internal, "DuckDB's syntax tree cannot be read");
    return std::move(tree_);
  }

 private:
  struct Open {
    bool is_object = false;
    std::string key;  // under which it lies in the object around it
    Fields fields;
  };

  void step() {
    const char c = json_[at_];
    switch (c) {
      case '{':
      case '[':
        ++at_;
        open(c == '{');
        break;
      case '}':
      case ']':
        ++at_;
        close(c == '}');
        break;
      case '"':
        string();
        break;
      case ',':
      case ':':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        ++at_;
        break;
      default:  // a number, true, false, null
        while (at_ < json_.size() &&
               std::string_view("{}[]\",: \n\r\t").find(json_[at_]) == std::string_view::npos)
          ++at_;
        key_.clear();
    }
  }

  void open(bool is_object) {
    // A statement is an object in the array that is called so, which the outermost object has.
    if (is_object && open_.size() == 2 && open_.back().key == "statements") ++tree_.statements;
    open_.push_back(Open{.is_object = is_object, .key = std::exchange(key_, {}), .fields = {}});
  }

  void close(bool is_object) {
    if (open_.empty() || open_.back().is_object != is_object) {
      ok_ = false;
      return;
    }
    const Open closed = std::move(open_.back());
    open_.pop_back();
    key_.clear();
    if (!is_object) return;
    note(closed);
    if (open_.empty()) {
      tree_.error_type = closed.fields.error_type;
      tree_.error_message = closed.fields.error_message;
      tree_.error_position = closed.fields.position;
    }
  }

  // A key, or the value of the key before it.
  void string() {
    std::string text = text_at();
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n'))
      ++at_;
    const bool is_key = at_ < json_.size() && json_[at_] == ':';
    if (is_key) {
      key_ = std::move(text);
      return;
    }
    const std::string key = std::exchange(key_, {});
    if (open_.empty() || !open_.back().is_object) return;
    if (std::string* field = open_.back().fields.find(key)) *field = std::move(text);
  }

  // From the quote on. Of escapes of four digits only ASCII is needed: DuckDB writes the rest as UTF-8.
  std::string text_at() {
    std::string out;
    for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_) {
      if (json_[at_] != '\\') {
        out += json_[at_];
        continue;
      }
      if (++at_ == json_.size()) break;
      constexpr std::string_view kEscapes = "bfnrt";
      constexpr std::string_view kMeanings = "\b\f\n\r\t";
      const std::size_t escape = kEscapes.find(json_[at_]);
      if (json_[at_] == 'u') {
        out += four_digits();
      } else {
        out += escape == std::string_view::npos ? json_[at_] : kMeanings[escape];
      }
    }
    if (at_ >= json_.size()) ok_ = false;
    ++at_;
    return out;
  }

  char four_digits() {
    unsigned value = 0;
    for (int i = 0; i < 4 && at_ + 1 < json_.size(); ++i) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const std::size_t digit = kDigits.find(static_cast<char>(json_[++at_] | 0x20));
      if (digit == std::string_view::npos) ok_ = false;
      value = value * 16 + static_cast<unsigned>(digit & 15U);
    }
    if (value >= 0x80) ok_ = false;
    return static_cast<char>(value & 0x7FU);
  }

  void note(const Open& closed) {
    const Fields& fields = closed.fields;
    if (!fields.node_class.empty()) {
      if (std::ranges::count(kClasses, fields.node_class) == 0) unreviewed_ = fields.node_class;
      if (fields.node_class == "FUNCTION" || fields.node_class == "WINDOW") note_function(closed);
      return;
    }
    if (fields.type.empty()) return;
    if (!is_reviewed_node(fields.type)) unreviewed_ = fields.type;
    if (fields.type == "USER_TYPE_INFO" && !(fields.catalog.empty() && fields.schema.empty()))
      tree_.types.push_back({fields.catalog, fields.schema, fields.user_type_name});
    if (fields.type == "BASE_TABLE")
      tree_.tables.push_back({fields.catalog_name, fields.schema_name, fields.table_name});
    if (fields.type != "SHOW_REF") return;
    // Of DESCRIBE and SUMMARIZE, the query that is looked at lies inside.
    if (!fields.catalog_name.empty()) tree_.tables.push_back({fields.catalog_name, fields.schema_name, {}});
    if (!fields.table_name.empty() || !fields.schema_name.empty())
      tree_.shown.push_back({fields.table_name, fields.schema_name});
  }

  void note_function(const Open& closed) {
    const bool reads_table =
        closed.key == "function" && !open_.empty() && open_.back().fields.type == "TABLE_FUNCTION";
    const Fields& fields = closed.fields;
    tree_.functions.push_back({fields.catalog, fields.schema, fields.function_name, reads_table});
  }

  std::string_view json_;
  std::size_t at_ = 0;
  std::string key_;
  std::vector<Open> open_;
  std::string unreviewed_;
  bool ok_ = true;
  SyntaxTree tree_;
};

}  // namespace

Result<SyntaxTree> read_syntax_tree(std::string_view json) {
  return Reader(json).run();
}

}  // namespace penstock::duckdb
