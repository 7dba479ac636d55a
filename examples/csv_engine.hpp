// A tiny engine: folders of CSV files and the statement SELECT * FROM [folder.]file [WHERE column = ?].
// Nothing here knows Penstock; a datasource type of your own has its engine's client library in this place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace csv_folder {

inline constexpr std::string_view kForm = "write SELECT * FROM table, or with WHERE column = ?";

struct CsvQuery {
  std::string folder;  // empty: where the query is asked
  std::string file;    // neither name has '/' or '.' in it, so that none leads out of its folder
  std::string column;  // that equals the parameter; empty: all records

  // Nothing when the statement is something else.
  static std::optional<CsvQuery> parse(std::string_view sql) {
    static const std::regex select(R"(\s*SELECT\s+\*\s+FROM\s+(?:([^\s./;]+)\.)?([^\s./;]+))"
                                   R"((?:\s+WHERE\s+([^\s=;]+)\s*=\s*\?)?\s*;?\s*)",
                                   std::regex::icase);
    constexpr std::size_t kMaxLength = 1000;  // std::regex recurses once a character
    std::match_results<std::string_view::iterator> match;
    if (sql.size() > kMaxLength || !std::regex_match(sql.begin(), sql.end(), match, select))
      return std::nullopt;
    return CsvQuery{match.str(1), match.str(2), match.str(3)};
  }
};

inline bool is_blank(std::string_view sql) {
  return sql.find_first_not_of(" \t\r\n;") == sql.npos;
}

// One file, read record by record as RFC 4180 has it.
class CsvFile {
 public:
  enum class Outcome { record, end, too_large, unreadable };
  using Record = std::vector<std::optional<std::string>>;  // an empty field is null, "" is empty text

  explicit CsvFile(const std::filesystem::path& path) : in_(path, std::ios::binary) {
    next(header_, 1 << 20);
  }
  // The first record: the columns' names. Empty when there is no such file.
  const Record& header() const { return header_; }

  // Reads the next record. No value may have more than `max_bytes` bytes.
  Outcome next(Record& record, std::int64_t max_bytes) {
    record.clear();
    std::string text;
    bool quoted = false;
    bool inside = false;
    for (int c = in_.get(); c != EOF || quoted || !text.empty() || !record.empty(); c = in_.get()) {
      if (c == EOF || (!inside && (c == ',' || c == '\n'))) {
        record.push_back(text.empty() && !quoted ? std::nullopt : std::optional(std::exchange(text, {})));
        quoted = false;
        if (c != ',') return in_.bad() ? Outcome::unreadable : Outcome::record;
      } else if (c == '"' && !(inside && in_.peek() == '"')) {
        inside = !inside;
        quoted = true;
      } else if (c != '\r' || inside || in_.peek() != '\n') {
        text += static_cast<char>(c == '"' ? in_.get() : c);  // a quote here is the first of two
        if (std::cmp_greater(text.size(), max_bytes)) return Outcome::too_large;
      }
    }
    return in_.bad() ? Outcome::unreadable : Outcome::end;
  }

 private:
  std::ifstream in_;
  Record header_;
};

// The names of the files in a folder, sorted; none when there is no such folder.
inline std::vector<std::string> csv_files(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator entry(folder, failed); !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() == ".csv") names.push_back(entry->path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

// The same as a sentence.
inline std::string list_of_csv_files(const std::filesystem::path& folder) {
  std::string text = "there are:";
  for (const std::string& file : csv_files(folder))
    text += " " + file;
  return text;
}

// A folder of folders of files, some of which have names to be asked for by.
class CsvFolders {
 public:
  explicit CsvFolders(std::filesystem::path root) : root_(std::move(root)) {}
  void add(std::string name, const std::filesystem::path& folder) {
    folders_.emplace(std::move(name), root_ / folder);
  }
  const std::filesystem::path& root() const { return root_; }
  bool are_there() const {
    std::error_code missing;
    return std::filesystem::is_directory(root_, missing);
  }
  // Empty when nothing was added by this name, whatever else there is.
  std::filesystem::path find(std::string_view name) const {
    const auto found = folders_.find(name);
    return found == folders_.end() ? std::filesystem::path() : found->second;
  }

 private:
  std::filesystem::path root_;
  std::map<std::string, std::filesystem::path, std::less<>> folders_;
};

}  // namespace csv_folder
