#include "config/jwt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "config/claim_rules.hpp"
#include "config/file.hpp"
#include "config/keys.hpp"
#include "config/value_reader.hpp"
#include "config/web_url.hpp"

namespace penstock::config {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::size_t kMaxTextBytes = 1'024;
constexpr std::size_t kMaxKeyFileBytes = 1 << 20;

struct Times {
  SettingSpec spec;
  milliseconds JwtConfig::* field;
};

std::span<const Times> times() {
  const auto make = [](std::string name, std::int64_t min, std::int64_t max,
                       milliseconds JwtConfig::* field) {
    return Times{{.name = std::move(name), .kind = SettingKind::duration, .min = min, .max = max}, field};
  };
  static const std::array all{
      make("leeway", 0, 5 * kMinute, &JwtConfig::leeway),
      make("fetch_timeout", 100, kMinute, &JwtConfig::fetch_timeout),
      make("refresh_interval", kSecond, kDay, &JwtConfig::refresh_interval),
      make("refetch_interval", 100, 60 * kMinute, &JwtConfig::refetch_interval),
      make("keep_keys", kSecond, 7 * kDay, &JwtConfig::keep_keys),
  };
  return all;
}

std::vector<std::string> key_names() {
  std::vector<std::string> names{"issuer",       "audience",
                                 "jwks_file",    "jwks_url",
                                 "jwks_ca_file", "algorithms",
                                 "roles",        "role_claim",
                                 "principals",   "default_principal",
                                 "settings",     "scopes",
                                 "public_url",   "authorization_servers"};
  for (const Times& time : times())
    names.push_back(time.spec.name);
  return names;
}

bool is_identifier(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxTextBytes &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// RFC 6749, 3.3; it is put between quotes in a header.
bool is_scope(std::string_view text) noexcept {
  const auto fits = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= kMaxTextBytes && std::ranges::all_of(text, fits);
}

bool is_algorithm(std::string_view text) noexcept {
  return std::ranges::find(jwt_algorithms(), text) != jwt_algorithms().end();
}

// Where paths are put behind it.
bool is_public_url(std::string_view text) {
  const auto url = parse_web_url(text);
  return url && (url->path.empty() || !url->path.ends_with('/')) && !url->path.contains('?');
}

bool is_url(std::string_view text) {
  return parse_web_url(text).has_value();
}

class JwtReader {
 public:
  JwtReader(const Entry& entry, std::span<const std::string> principals, ValueReader& reader)
      : entry_(entry), map_(*entry.value), principals_(principals), reader_(reader) {}

  JwtConfig read() {
    if (map_.kind != NodeKind::map) {
      add(map_.place, fmt::format("`{}` must be a map with {}, found {}", entry_.key, listed(key_names()),
                                  describe(map_.kind)));
      return {};
    }
    const std::size_t before = reader_.problems().count();
    for (const Entry& entry : map_.entries)
      if (!read_trust(entry) && !read_meaning(entry)) read_time(entry);
    require_keys();
    if (reader_.problems().count() == before) check_whole();
    return std::move(config_);
  }

 private:
  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  // Whose tokens. False: the key is another one.
  bool read_trust(const Entry& entry) {
    if (entry.key == "issuer") {
      config_.issuer = read_one(entry, "the issuer as its tokens name it (`iss`)", is_identifier);
    } else if (entry.key == "audience") {
      config_.audiences =
          read_texts(entry, "the name of this server in tokens (`aud`)", is_identifier, reader_);
    } else if (entry.key == "jwks_file") {
      config_.jwks_file = read_file_name(entry, "\"keys\"", "no set of keys (JWKS)");
    } else if (entry.key == "jwks_url") {
      config_.jwks_url =
          read_one(entry, "a URL that begins with `https://` (`http://` on this machine alone)", is_safe_url);
    } else if (entry.key == "jwks_ca_file") {
      config_.jwks_ca_file = read_file_name(entry, "-----BEGIN CERTIFICATE-----", "no certificate in PEM");
    } else if (entry.key == "algorithms") {
      config_.algorithms =
          read_texts(entry, fmt::format("one of {}", listed(jwt_algorithms())), is_algorithm, reader_);
    } else {
      return false;
    }
    return true;
  }

  // Whom they stand for, and what clients are told. False: the key is another one.
  bool read_meaning(const Entry& entry) {
    if (entry.key == "principals") {
      config_.principals = read_claim_rules(entry, "principal", principals_, reader_);
    } else if (entry.key == "default_principal") {
      config_.default_principal = read_known_name(entry, principals_, reader_).value_or("");
    } else if (entry.key == "roles") {
      config_.roles = read_claim_rules(entry, "role", {}, reader_);
    } else if (entry.key == "role_claim") {
      config_.role_claim = read_claim_path(entry, reader_).value_or(ClaimPath());
    } else if (entry.key == "settings") {
      config_.settings = read_claim_settings(entry, reader_);
    } else if (entry.key == "scopes") {
      config_.scopes = read_texts(entry, "a scope, without spaces and quotes", is_scope, reader_);
    } else if (entry.key == "public_url") {
      config_.public_url =
          read_one(entry, "a URL such as `https://data.example.com`, without `/` at its end", is_public_url);
    } else if (entry.key == "authorization_servers") {
      config_.authorization_servers = read_texts(entry, "a URL", is_url, reader_);
    } else {
      return false;
    }
    return true;
  }

  void read_time(const Entry& entry) {
    const auto time =
        std::ranges::find_if(times(), [&](const Times& known) { return known.spec.name == entry.key; });
    if (time == times().end()) return report_unknown_key(entry, "`jwt`", key_names(), reader_.problems());
    if (const auto value = reader_.setting(*entry.value, time->spec))
      config_.*(time->field) = std::get<milliseconds>(*value);
  }

  std::string read_one(const Entry& entry, std::string_view meaning, bool (*fits)(std::string_view)) {
    const auto text = reader_.clean_text(*entry.value, entry.key, meaning);
    if (!text) return {};
    if (fits(text->value)) return text->value;
    reader_.refuse(*text, entry.key, fmt::format("must be {}", meaning), Showing::allowed);
    return {};
  }

  std::filesystem::path read_file_name(const Entry& entry, std::string_view mark, std::string_view lacking) {
    const SettingSpec spec{.name = entry.key, .kind = SettingKind::path};
    const auto value = reader_.setting(*entry.value, spec);
    if (!value) return {};
    const auto& path = std::get<std::filesystem::path>(*value);
    const auto content = read_file(path, kMaxKeyFileBytes);
    if (!content) {
      add(entry.value->place,
          fmt::format("`{}`: the file {} (a relative path begins at the configuration's folder)", entry.key,
                      content.error().message));
    } else if (!content->contains(mark)) {
      add(entry.value->place, fmt::format("`{}`: the file holds {}", entry.key, lacking));
    }
    return path;
  }

  void require_keys() {
    for (const std::string_view key : {"issuer", "audience"})
      if (map_.find(key) == nullptr) add(entry_.place, fmt::format("`{}` needs `{}`", entry_.key, key));
    if ((map_.find("jwks_file") == nullptr) == (map_.find("jwks_url") == nullptr))
      add(entry_.place, fmt::format("`{}` needs `jwks_file` or `jwks_url`, and not both", entry_.key));
    if (map_.find("principals") == nullptr && map_.find("default_principal") == nullptr)
      add(entry_.place,
          fmt::format("`{}` needs `principals` or `default_principal`, else it lets nobody in", entry_.key));
  }

  // What only shows when all of it could be read.
  void check_whole() {
    for (const std::string_view key : {"audience", "algorithms"})
      if (const Entry* entry = map_.find(key);
          entry != nullptr && entry->value->kind == NodeKind::list && entry->value->items.empty())
        add(entry->value->place, fmt::format("`{}` must not be empty", key));
    if (config_.keep_keys < config_.refresh_interval)
      add(entry_.place,
          "`keep_keys` must be at least `refresh_interval`: it counts from the last time the keys were "
          "fetched");
    if (config_.refresh_interval < config_.refetch_interval)
      add(entry_.place, "`refresh_interval` must be at least `refetch_interval`");
    if (config_.authorization_servers.empty() && !is_url(config_.issuer))
      add(entry_.place,
          "`issuer` is no URL, so clients cannot be sent there for a token: name `authorization_servers`");
  }

  const Entry& entry_;
  const Node& map_;
  const std::span<const std::string> principals_;
  ValueReader& reader_;
  JwtConfig config_;
};

}  // namespace

std::span<const std::string> jwt_algorithms() {
  static const std::array<std::string, 12> names{"RS256", "RS384", "RS512", "PS256", "PS384",   "PS512",
                                                 "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"};
  return names;
}

JwtConfig read_jwt(const Entry& entry, std::span<const std::string> principals, ValueReader& reader) {
  return JwtReader(entry, principals, reader).read();
}

}  // namespace penstock::config
