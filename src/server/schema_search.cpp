#include "server/schema_search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/ascii_case.hpp"
#include "server/schema_text.hpp"

namespace penstock::server {

namespace {

constexpr std::array kDetails{SchemaDetail::names, SchemaDetail::summary, SchemaDetail::full};
constexpr std::array kKinds{TableKind::table,
                            TableKind::view,
                            TableKind::materialized_view,
                            TableKind::virtual_table,
                            TableKind::partitioned_table,
                            TableKind::foreign_table};

// `*` is any text, `?` one byte; both in small letters.
bool matches_glob(std::string_view glob, std::string_view text) noexcept {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      after_star = i;
    } else if (at < glob.size() && (glob[at] == '?' || glob[at] == text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++after_star;
    } else {
      return false;
    }
  }
  while (at < glob.size() && glob[at] == '*')
    ++at;
  return at == glob.size();
}

/// One word of a pattern.
class Word {
 public:
  explicit Word(std::string_view text)
      : text_(ascii_lower(text)), is_glob_(text_.find_first_of("*?") != std::string::npos) {}

  [[nodiscard]] bool names(std::string_view name) const {
    const std::string lower = ascii_lower(name);
    return is_glob_ ? matches_glob(text_, lower) : lower.contains(text_);
  }
  [[nodiscard]] bool is_in(std::string_view comment) const {
    const std::string lower = ascii_lower(comment);
    return is_glob_ ? matches_glob("*" + text_ + "*", lower) : lower.contains(text_);
  }

 private:
  std::string text_;
  bool is_glob_;
};

std::vector<Word> words_of(std::string_view pattern) {
  std::vector<Word> words;
  constexpr std::string_view kSpace = " \t\r\n";
  while (true) {
    const std::size_t begin = pattern.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    pattern.remove_prefix(begin);
    const std::size_t end = std::min(pattern.find_first_of(kSpace), pattern.size());
    words.emplace_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
}

bool column_matches(const ColumnInfo& column, const Word& word, const SchemaSearch& search) {
  return (search.in_columns && word.names(column.name)) || (search.in_comments && word.is_in(column.comment));
}

// Whether the search finds the table, and in which of its columns.
bool finds(const TableInfo& table, const std::vector<Word>& words, const SchemaSearch& search,
           std::vector<std::string>& matched_columns) {
  if (!search.kinds.empty() && std::ranges::find(search.kinds, table.kind) == search.kinds.end())
    return false;
  std::vector<bool> matched(table.columns.size());
  for (const Word& word : words) {
    bool found =
        (search.in_tables && word.names(table.name)) || (search.in_comments && word.is_in(table.comment));
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!column_matches(table.columns[i], word, search)) continue;
      matched[i] = true;
      found = true;
    }
    if (!found) return false;
  }
  for (std::size_t i = 0; i < matched.size(); ++i) {
    if (matched[i]) matched_columns.push_back(table.columns[i].name);
  }
  return true;
}

// At the most detail, up to the one asked for, that is within the bytes; names at worst.
void write_within(SchemaFinding& finding, const SchemaPage& page, SchemaDetail detail, SchemaForm form,
                  std::size_t bytes) {
  for (auto level = static_cast<int>(detail); level >= 0; --level) {
    finding.detail = static_cast<SchemaDetail>(level);
    finding.written = write_table(*finding.table, page.schema->database, finding.detail, form);
    if (finding.written.size() <= bytes) return;
  }
}

std::string notice_of(const SchemaPage& page, const SchemaSearch& search) {
  std::string notice;
  const auto reduced = std::ranges::count_if(
      page.tables, [&](const SchemaFinding& finding) { return finding.detail != search.detail; });
  if (reduced > 0) {
    notice = fmt::format("`{}` is too large to be shown in detail `{}` and has less: search for its columns.",
                         page.tables.front().table->name, to_string(search.detail));
  }
  if (page.next_offset) {
    if (!notice.empty()) notice += ' ';
    notice += fmt::format(
        "Shown are {} of {} tables, from {} on. For the next ones, ask again with offset {}; or narrow the "
        "search "
        "with a pattern{}.",
        page.tables.size(), page.found, page.offset, *page.next_offset,
        search.detail == SchemaDetail::names ? "" : ", or ask for detail `names`");
  }
  return notice;
}

}  // namespace

std::string_view to_string(SchemaDetail detail) noexcept {
  switch (detail) {
    case SchemaDetail::names:
      return "names";
    case SchemaDetail::summary:
      return "summary";
    case SchemaDetail::full:
      return "full";
  }
  return {};
}

std::optional<SchemaDetail> parse_schema_detail(std::string_view name) noexcept {
  const auto found =
      std::ranges::find_if(kDetails, [&](SchemaDetail detail) { return to_string(detail) == name; });
  return found == kDetails.end() ? std::nullopt : std::optional(*found);
}

std::optional<TableKind> parse_table_kind(std::string_view name) noexcept {
  const auto found =
      std::ranges::find_if(kKinds, [&](TableKind kind) { return penstock::to_string(kind) == name; });
  return found == kKinds.end() ? std::nullopt : std::optional(*found);
}

std::string write_table(const TableInfo& table, std::string_view database, SchemaDetail detail,
                        SchemaForm form) {
  return form == SchemaForm::json ? table_as_json(table, database, detail) : table_as_text(table, detail);
}

SchemaPage search_schema(std::shared_ptr<const DatabaseSchema> schema, const SchemaSearch& search,
                         SchemaForm form) {
  SchemaPage page;
  page.schema = std::move(schema);
  page.offset = search.offset;
  const std::vector<Word> words = words_of(search.pattern);
  std::size_t bytes_left = search.max_bytes;
  bool full = false;
  for (const TableInfo& table : page.schema->tables) {
    SchemaFinding finding{.table = &table};
    if (!finds(table, words, search, finding.matched_columns)) continue;
    ++page.found;
    if (full || page.found <= search.offset) continue;
    if (page.tables.size() >= search.limit) {
      full = true;
      continue;
    }
    if (page.tables.empty()) {
      write_within(finding, page, search.detail, form, bytes_left);
    } else {
      finding.detail = search.detail;
      finding.written = write_table(table, page.schema->database, search.detail, form);
      full = finding.written.size() + 1 > bytes_left;
      if (full) continue;
    }
    bytes_left -= std::min(bytes_left, finding.written.size() + 1);
    page.tables.push_back(std::move(finding));
  }
  if (page.offset + page.tables.size() < page.found) page.next_offset = page.offset + page.tables.size();
  page.notice = notice_of(page, search);
  return page;
}

}  // namespace penstock::server
