// What an import will write, and what became of the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "penstock/settings.hpp"

#include "config/problems.hpp"
#include "config/text.hpp"
#include "importers/secrets.hpp"
#include "importers/variable_text.hpp"

namespace penstock::importers {

/// Something of the file that is not there afterwards as it was.
struct Finding {
  enum class Kind : std::uint8_t {
    lost,      ///< not carried over
    replaced,  ///< Penstock has its own for it
    changed,   ///< carried over, and to be looked at
  };
  Kind kind = Kind::lost;
  config::Place where;
  std::string what;     ///< "tool `find_customer`"
  std::string why;      ///< a sentence's end, in small letters
  std::string instead;  ///< what to do; may be empty
};

/// Keys and values in the order in which they are written; values as our files have them, variables included.
using Keys = std::vector<std::pair<std::string, std::string>>;

struct PlannedSource {
  std::string name;
  config::Place place;
  const TypeSpec* type = nullptr;
  std::string description;  ///< as our files have it
  bool enabled = true;
  Access access = Access::read_only;
  bool access_is_given = false;  ///< by ImportOptions, whatever the file says
  bool must_read = false;        ///< the file says so
  bool takes_sql = false;        ///< agents could run statements of their own there
  Keys connection;
  std::vector<LogicalDatabase> databases;  ///< the first one has the source's name
  std::optional<std::chrono::milliseconds> statement_timeout;
  std::optional<std::int64_t> max_rows;
};

/// Whether datasources of the type refuse `access: read_write`.
[[nodiscard]] bool only_reads(const TypeSpec& type);

struct PlannedParameter {
  std::string name;
  Keys keys;
  std::vector<std::string> allowed_values;
};

/// Sources that one finding is about, as it names them: "`a`, `b`".
struct NamedSources {
  std::string names;
  const PlannedSource* first = nullptr;

  void add(const PlannedSource& source);
};

struct PlannedTool {
  std::string name;
  config::Place place;
  std::string source;
  std::string description;  ///< as our files have it, as `statement` is
  std::string statement;
  std::string plain_statement;  ///< as it will be once read; empty when it names a variable
  std::vector<PlannedParameter> parameters;
  std::optional<std::int64_t> max_rows;
  bool must_read = false;  ///< the file forbids it to write
};

/// What whoever imports decides, and no file says.
struct ImportOptions {
  std::vector<std::string> writable;  ///< sources that agents may write to
};

struct Plan {
  std::filesystem::path file;  ///< that is imported
  VariableStyle style = VariableStyle::with_defaults;
  std::vector<PlannedSource> sources;
  std::vector<PlannedTool> tools;
  std::vector<Finding> findings;
  Secrets secrets;
  std::set<std::string, std::less<>> variables;  ///< that the file names and that must be set

  explicit Plan(std::filesystem::path imported, VariableStyle of, std::set<std::string, std::less<>> taken)
      : file(std::move(imported)), style(of), secrets(std::move(taken)) {}

  [[nodiscard]] PlannedSource* find_source(std::string_view name) noexcept;
  /// Lets agents write to these sources; one that is not there, or of a type that only reads, is a problem.
  void let_write(const ImportOptions& options, config::FileProblems& problems);
  /// The text in our way of writing it; the variables that it needs are noted.
  [[nodiscard]] std::string carry(std::string_view foreign);
  /// The same of a secret: what stands in the clear becomes a variable. Nothing when it mixes both.
  [[nodiscard]] std::optional<std::string> carry_secret(std::string_view owner, std::string_view key,
                                                        std::string_view foreign);
  void lose(config::Place where, std::string what, std::string why, std::string instead = {});
  void replace(config::Place where, std::string what, std::string by);
  void change(config::Place where, std::string what, std::string how, std::string instead = {});
};

}  // namespace penstock::importers
