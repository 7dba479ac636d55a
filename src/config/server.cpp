#include "config/server.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "config/file.hpp"
#include "config/keys.hpp"
#include "config/scalar.hpp"
#include "config/value_reader.hpp"
#include "core/ascii_case.hpp"

namespace penstock::config {

namespace {

constexpr std::size_t kMaxHostBytes = 255;
constexpr std::size_t kMaxTlsFileBytes = 1 << 20;
constexpr std::string_view kListenRule =
    "must be an address and a port, such as `127.0.0.1:8080`, `[::1]:8080` or `0.0.0.0:8080`";

bool is_host_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_host(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxHostBytes && std::ranges::all_of(text, is_host_character);
}

bool is_ipv6(std::string_view text) noexcept {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f') || c == ':' || c == '.';
  };
  return text.contains(':') && text.size() <= kMaxHostBytes && std::ranges::all_of(text, fits);
}

// "scheme://host" or "scheme://host:port", as browsers write an origin.
bool is_origin(std::string_view text) noexcept {
  const std::size_t slashes = text.find("://");
  if (slashes == std::string_view::npos || slashes == 0) return false;
  const std::string_view scheme = text.substr(0, slashes);
  if (!std::ranges::all_of(scheme, is_host_character)) return false;
  std::string_view host = text.substr(slashes + 3);
  if (host.starts_with('['))
    return parse_listen_address(std::string(host) + (host.ends_with(']') ? ":1" : "")).has_value();
  const std::size_t colon = host.find(':');
  if (colon == std::string_view::npos) return is_host(host);
  const auto port = parse_integer(host.substr(colon + 1));
  return is_host(host.substr(0, colon)) && port && *port > 0 &&
         *port <= std::numeric_limits<std::uint16_t>::max();
}

// The map `server`.
class ServerReader {
 public:
  ServerReader(ServerConfig& config, bool asks_who, std::span<const std::string> principals,
               ValueReader& reader)
      : config_(config), asks_who_(asks_who), principals_(principals), reader_(reader) {}

  void read(const Node& map) {
    for (const Entry& entry : map.entries) {
      if (entry.key == "hosts") {
        config_.hosts = read_list(entry, "a host's name without its port", is_plain_host);
      } else if (entry.key == "origins") {
        config_.origins =
            read_list(entry, "an origin as browsers send it, such as `https://app.example.com`", is_origin);
      } else if (entry.key == "tls") {
        read_tls(entry);
      } else if (entry.key == "authentication") {
        read_authentication(entry);
      } else if (const ServerSection* section = find_section_named(entry.key)) {
        read_section(entry, *section);
      } else {
        read_key(entry, server_sections().front(), "`server`");
      }
    }
    check_listen(map);
  }

 private:
  static bool is_plain_host(std::string_view text) noexcept { return is_host(text) || is_ipv6(text); }

  void add(Place where, std::string message) { reader_.problems().add(where, std::move(message)); }

  static const ServerSection* find_section_named(std::string_view name) {
    const auto found = std::ranges::find(server_sections(), name, &ServerSection::name);
    return found == server_sections().end() ? nullptr : &*found;
  }

  static std::vector<std::string> names_of(const ServerSection& section) {
    std::vector<std::string> names;
    for (const ServerKey& key : section.keys)
      names.push_back(key.spec.name);
    if (!section.name.empty()) return names;
    names.insert(names.end(), {"hosts", "origins", "tls", "authentication"});
    for (const ServerSection& other : server_sections().subspan(1))
      names.emplace_back(other.name);
    return names;
  }

  void read_section(const Entry& entry, const ServerSection& section) {
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place, fmt::format("`{}` must be a map with {}, found {}", section.name,
                                                 listed(names_of(section)), describe(entry.value->kind)));
    }
    for (const Entry& inner : entry.value->entries)
      read_key(inner, section, fmt::format("`{}`", section.name));
    if (section.name == "audit" && entry.value->find("path") == nullptr)
      add(entry.place, "`audit` needs `path`: the file that has a line for each query");
  }

  void read_key(const Entry& entry, const ServerSection& section, std::string_view owner) {
    const auto key = std::ranges::find_if(
        section.keys, [&](const ServerKey& known) { return known.spec.name == entry.key; });
    if (key == section.keys.end()) {
      return report_unknown_key(entry, owner, names_of(section), reader_.problems());
    }
    if (section.name.empty() && entry.key == "listen") return read_listen(entry);
    if (const auto value = reader_.setting(*entry.value, key->spec)) key->assign(config_, *value);
  }

  void read_listen(const Entry& entry) {
    const auto text = reader_.clean_text(*entry.value, "listen", "an address and a port");
    if (!text) return;
    auto address = parse_listen_address(text->value);
    if (!address) return reader_.refuse(*text, "listen", address.error(), Showing::allowed);
    config_.listen = *std::move(address);
  }

  template <typename Fits>
  std::vector<std::string> read_list(const Entry& entry, std::string_view meaning, Fits fits) {
    std::vector<std::string> texts;
    if (entry.value->kind != NodeKind::list) {
      add(entry.value->place, fmt::format("{} must be a list, each entry {}, found {}",
                                          in_backticks(entry.key), meaning, describe(entry.value->kind)));
      return texts;
    }
    for (const Node* item : entry.value->items) {
      const auto text = reader_.clean_text(*item, entry.key, meaning);
      if (!text) continue;
      if (fits(text->value)) {
        texts.push_back(text->value);
      } else {
        reader_.refuse(*text, entry.key, fmt::format("must hold {}", meaning), Showing::allowed);
      }
    }
    return texts;
  }

  void read_tls(const Entry& entry) {
    static const std::vector<std::string> kNames{"certificate", "key"};
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place, fmt::format("`tls` must be a map with {}, found {}", listed(kNames),
                                                 describe(entry.value->kind)));
    }
    TlsFiles files;
    for (const Entry& inner : entry.value->entries) {
      if (inner.key == "certificate") {
        files.certificate = read_tls_file(inner);
      } else if (inner.key == "key") {
        files.key = read_tls_file(inner);
      } else {
        report_unknown_key(inner, "`tls`", kNames, reader_.problems());
      }
    }
    for (const std::string& name : kNames) {
      if (entry.value->find(name) == nullptr)
        add(entry.place, fmt::format("`tls` needs `{}`: a file in PEM", name));
    }
    config_.tls = std::move(files);
  }

  void read_authentication(const Entry& entry) {
    static const std::vector<std::string> kNames{"jwt"};
    if (entry.value->kind != NodeKind::map) {
      return add(entry.value->place, fmt::format("`authentication` must be a map with `jwt`, found {}",
                                                 describe(entry.value->kind)));
    }
    for (const Entry& inner : entry.value->entries) {
      if (inner.key != "jwt") {
        report_unknown_key(inner, "`authentication`", kNames, reader_.problems());
        continue;
      }
      if (!asks_who_)
        add(inner.place, "`jwt` needs a principals.yaml: its tokens stand for principals of that file");
      config_.jwt = read_jwt(inner, principals_, reader_);
    }
  }

  std::filesystem::path read_tls_file(const Entry& entry) {
    const SettingSpec spec{.name = entry.key, .kind = SettingKind::path};
    const auto value = reader_.setting(*entry.value, spec);
    if (!value) return {};
    auto path = std::get<std::filesystem::path>(*value);
    const auto content = read_file(path, kMaxTlsFileBytes);
    if (!content) {
      add(entry.value->place,
          fmt::format("{}: the file {} (a relative path begins at the configuration's folder)",
                      in_backticks(entry.key), content.error().message));
    } else if (!content->contains("-----BEGIN ")) {
      add(entry.value->place, fmt::format("{}: the file holds nothing in PEM", in_backticks(entry.key)));
    }
    return path;
  }

  void check_listen(const Node& map) {
    if (config_.allow_remote || asks_who_ || is_loopback(config_.listen.host)) return;
    const Entry* entry = map.find("listen");
    add(entry == nullptr ? map.place : entry->value->place,
        fmt::format(
            "`listen` opens the server beyond this machine, and it does not ask who comes: keep it to "
            "127.0.0.1, or write a principals.yaml, or say `allow_remote: true` when something in front of "
            "it asks"));
  }

  ServerConfig& config_;
  bool asks_who_;
  std::span<const std::string> principals_;
  ValueReader& reader_;
};

}  // namespace

std::string ListenAddress::to_string() const {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  const auto refused = std::unexpected(std::string(kListenRule));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const auto port = digits.starts_with('-') ? std::nullopt : parse_integer(digits);
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return refused;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return refused;
  } else if (!is_host(host)) {
    return refused;
  }
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

bool is_loopback(std::string_view host) noexcept {
  if (equal_ignoring_case(host, "localhost") || host == "::1") return true;
  // Digits and dots alone, as 127.example.com is a name.
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

ServerConfig read_server(const Node& root, bool asks_who, std::span<const std::string> principals,
                         ValueReader& reader) {
  ServerConfig config;
  const Entry* section = find_section(root, "server", reader.problems());
  if (section == nullptr) return config;
  if (section->value->kind != NodeKind::map) {
    reader.problems().add(section->value->place, fmt::format("`server` must be a map of settings, found {}",
                                                             describe(section->value->kind)));
    return config;
  }
  ServerReader(config, asks_who, principals, reader).read(*section->value);
  return config;
}

}  // namespace penstock::config
