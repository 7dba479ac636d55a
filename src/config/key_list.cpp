// keys.yaml, which `penstock key` writes.
#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "config/keys.hpp"
#include "config/principals.hpp"
#include "config/value_reader.hpp"

namespace penstock::config {

namespace {

constexpr std::string_view kTimeRule = "must be a time such as `2026-03-31T12:00:00Z`";
constexpr std::size_t kMaxNoteBytes = 256;

bool is_sha256(std::string_view text) noexcept {
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::ranges::all_of(text, fits);
}

class KeyReader {
 public:
  KeyReader(const std::vector<PrincipalConfig>* principals, ValueReader& reader)
      : reader_(reader), principals_known_(principals != nullptr) {
    if (principals == nullptr) return;
    for (const PrincipalConfig& principal : *principals)
      principals_.push_back(principal.name);
    std::ranges::sort(principals_);
  }

  void read(const Node& item) {
    if (item.kind != NodeKind::map) {
      return add(item.place, fmt::format("a key must be a map with {}, found {}", listed(kRequired),
                                         describe(item.kind)));
    }
    KeyConfig key;
    for (const Entry& entry : item.entries) {
      if (entry.key == "sha256") {
        read_sha256(entry, key);
      } else if (entry.key == "principal") {
        read_principal(entry, key);
      } else if (entry.key == "created") {
        key.created = read_time(entry).value_or(std::chrono::sys_seconds());
      } else if (entry.key == "expires") {
        key.expires = read_time(entry);
      } else if (entry.key == "note") {
        read_note(entry, key);
      } else {
        report_unknown_key(entry, "a key", kKeys, reader_.problems());
      }
    }
    for (const std::string& needed : kRequired) {
      if (item.find(needed) == nullptr) add(item.place, fmt::format("a key needs `{}`", needed));
    }
    keys_.push_back(std::move(key));
  }

  std::vector<KeyConfig> take() { return std::move(keys_); }

 private:
  static inline const std::vector<std::string> kRequired{"sha256", "principal", "created"};
  static inline const std::vector<std::string> kKeys{"sha256", "principal", "created", "expires", "note"};

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  void read_sha256(const Entry& entry, KeyConfig& key) {
    const auto text = reader_.clean_text(*entry.value, "sha256", "a hash");
    if (!text) return;
    // Not shown: who writes the key itself here by mistake need not read it again in a log.
    if (!is_sha256(text->value)) {
      return reader_.refuse(*text, "sha256",
                            "must be the SHA-256 of a key: 64 digits of `0` to `9` and `a` to `f`; `penstock "
                            "key create` writes it",
                            Showing::forbidden);
    }
    const auto [first, is_new] = places_.try_emplace(text->value, text->place);
    if (!is_new) {
      return reader_.refuse(*text, "sha256",
                            fmt::format("must be unique; the first is on line {}", first->second.line),
                            Showing::forbidden);
    }
    key.sha256 = text->value;
  }

  void read_principal(const Entry& entry, KeyConfig& key) {
    const auto text = reader_.clean_text(*entry.value, "principal", "a principal");
    if (!text) return;
    if (principals_known_ && !std::ranges::binary_search(principals_, text->value)) {
      return reader_.refuse(*text, "principal", "must be a principal of principals.yaml", Showing::allowed,
                            text->variables.empty() && !reader_.problems().full()
                                ? did_you_mean(text->value, principals_)
                                : std::string());
    }
    key.principal = text->value;
  }

  std::optional<std::chrono::sys_seconds> read_time(const Entry& entry) {
    const auto text = reader_.clean_text(*entry.value, entry.key, "a time");
    if (!text) return std::nullopt;
    const auto time = parse_time(text->value);
    if (!time) reader_.refuse(*text, entry.key, kTimeRule, Showing::allowed);
    return time;
  }

  void read_note(const Entry& entry, KeyConfig& key) {
    const auto text = reader_.clean_text(*entry.value, "note", "a text");
    if (!text) return;
    if (text->value.size() > kMaxNoteBytes)
      return reader_.refuse(*text, "note", "must be at most 256 bytes long", Showing::forbidden);
    key.note = text->value;
  }

  ValueReader& reader_;
  bool principals_known_;
  std::vector<std::string> principals_;
  std::map<std::string, Place> places_;
  std::vector<KeyConfig> keys_;
};

}  // namespace

std::vector<KeyConfig> read_keys(const Node& root, const std::vector<PrincipalConfig>* principals,
                                 ValueReader& reader) {
  const Entry* section = find_section(root, "keys", reader.problems());
  if (section == nullptr) return {};
  if (section->value->kind != NodeKind::list) {
    reader.problems().add(section->value->place, fmt::format("`keys` must be a list of keys, found {}",
                                                             describe(section->value->kind)));
    return {};
  }
  KeyReader keys(principals, reader);
  for (const Node* item : section->value->items)
    keys.read(*item);
  return keys.take();
}

std::string format_time(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) noexcept {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool fits = kForm[at] == '0' ? text[at] >= '0' && text[at] <= '9' : text[at] == kForm[at];
    if (!fits) return std::nullopt;
  }
  const auto number = [text](std::size_t from, std::size_t count) {
    int value = 0;
    std::from_chars(text.data() + from, text.data() + from + count, value);
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace penstock::config
