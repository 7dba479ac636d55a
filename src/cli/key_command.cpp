// penstock key: makes, lists and takes away the keys that principals show.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/printable.hpp"
#include "cli/text_table.hpp"
#include "config/configuration.hpp"
#include "config/scalar.hpp"
#include "core/nearest.hpp"
#include "formats/json_document.hpp"
#include "server/identity/api_keys.hpp"
#include "server/identity/key_file.hpp"
#include "server/random_token.hpp"

namespace penstock::cli {

namespace {

using config::KeyConfig;
using std::chrono::sys_seconds;

constexpr std::size_t kMostKeys = 100'000;
constexpr std::size_t kMaxNoteBytes = 256;

/// As on the command line; empty: not given.
struct Arguments {
  std::string action;
  std::string id;
  std::string name;
  std::string expires;
  std::string note;
};

sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Result<config::IdentityConfig> load(const Session& session) {
  auto identities = config::load_identities(session.config_directory());
  if (!identities) {
    std::string message;
    for (const config::Problem& problem : identities.error())
      message += (message.empty() ? "" : "\n") + problem.to_string();
    return fail(ErrorCode::invalid_argument, std::move(message));
  }
  if (identities->required) return *std::move(identities);
  return fail(ErrorCode::invalid_argument,
              fmt::format("there is no principals.yaml in '{}': it says who may ask, and what",
                          printable(session.config_directory().string())),
              "docs/identities.md has one to start from");
}

Result<void> check_name(const std::string& name, const config::IdentityConfig& identities) {
  std::vector<std::string> names;
  for (const config::PrincipalConfig& principal : identities.principals)
    names.push_back(principal.name);
  if (std::ranges::find(names, name) != names.end()) return {};
  const auto nearest = nearest_name(name, names);
  return fail(
      ErrorCode::invalid_argument, fmt::format("principals.yaml has no principal '{}'", printable(name)),
      nearest ? fmt::format("did you mean '{}'?", *nearest) : std::string("write down what it may do first"));
}

Result<std::optional<sys_seconds>> expiry_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto after = config::parse_duration(text);
  // Beyond it, the year would have more than four digits.
  constexpr std::int64_t kMost = std::int64_t{1'000} * 366 * 86'400'000;
  if (!after || *after < 1'000 || *after > kMost)
    return fail(ErrorCode::invalid_argument,
                fmt::format("--expires is a time such as 90d or 12h, not '{}'", printable(text)));
  return now() + std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(*after));
}

/// The key of an id, which may be longer or shorter than what `list` shows as long as it leads to one.
Result<std::size_t> find_key(const std::string& id, const std::vector<KeyConfig>& keys) {
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    if (id.empty() || !keys[at].sha256.starts_with(id)) continue;
    if (found)
      return fail(ErrorCode::invalid_argument,
                  fmt::format("several keys begin with '{}': give more digits", printable(id)));
    found = at;
  }
  if (found) return *found;
  return fail(ErrorCode::invalid_argument, fmt::format("there is no key '{}'", printable(id)),
              "`penstock key list` shows the keys by their ids");
}

std::string state_of(const KeyConfig& key) {
  return key.expires && *key.expires <= now() ? "expired" : "valid";
}

void write_key(JsonDocument& json, const KeyConfig& key) {
  json.member("id", server::key_id(key.sha256))
      .member("principal", key.principal)
      .member("created", config::format_time(key.created))
      .member("state", state_of(key));
  if (key.expires) json.member("expires", config::format_time(*key.expires));
  if (!key.note.empty()) json.member("note", key.note);
}

/// What is shown this once and never again.
ExitStatus print_new(Session& session, ReportFormat format, const KeyConfig& key, const std::string& token) {
  if (format == ReportFormat::json) {
    JsonDocument json(session.console().out().is_terminal);
    json.begin_object().member("success", true).member("key", token);
    write_key(json, key);
    return session.print(json.end_object().take());
  }
  const ExitStatus status = session.print(token + "\n");
  session.console().note(fmt::format("the key {} of {}; it is shown this once and kept nowhere",
                                     server::key_id(key.sha256), printable(key.principal)));
  return status;
}

Result<std::pair<KeyConfig, std::string>> make_key(const Arguments& arguments) {
  const auto expires = expiry_of(arguments.expires);
  if (!expires) return std::unexpected(expires.error());
  if (arguments.note.size() > kMaxNoteBytes)
    return fail(ErrorCode::invalid_argument, "--note has at most 256 bytes");
  std::string token = std::string(server::kApiKeyPrefix) + server::random_token();
  KeyConfig key;
  key.sha256 = server::hash_text(server::hash_of_key(token));
  key.principal = arguments.name;
  key.created = now();
  key.expires = *expires;
  key.note = printable(arguments.note);
  return std::pair(std::move(key), std::move(token));
}

ExitStatus add_key(Session& session, ReportFormat format, const Arguments& arguments,
                   config::IdentityConfig identities) {
  if (const auto known = check_name(arguments.name, identities); !known)
    return session.fail_usage(known.error());
  if (identities.keys.size() >= kMostKeys)
    return session.fail_usage(
        fail(ErrorCode::invalid_argument, "there are 100000 keys already: revoke some").error());
  auto made = make_key(arguments);
  if (!made) return session.fail_usage(made.error());
  identities.keys.push_back(made->first);
  if (const auto written = server::write_key_file(session.config_directory(), identities.keys); !written)
    return session.fail_usage(written.error());
  return print_new(session, format, made->first, made->second);
}

ExitStatus create(Session& session, ReportFormat format, const Arguments& arguments,
                  config::IdentityConfig identities) {
  if (arguments.name.empty())
    return session.fail_usage(
        fail(ErrorCode::invalid_argument, "--name is missing: whose key is it?").error());
  return add_key(session, format, arguments, std::move(identities));
}

/// The old key stays valid until it is revoked, so that nothing stands still meanwhile.
ExitStatus rotate(Session& session, ReportFormat format, Arguments arguments,
                  config::IdentityConfig identities) {
  const auto at = find_key(arguments.id, identities.keys);
  if (!at) return session.fail_usage(at.error());
  const KeyConfig old = identities.keys[*at];
  arguments.name = old.principal;
  if (arguments.note.empty()) arguments.note = old.note;
  const ExitStatus status = add_key(session, format, arguments, std::move(identities));
  if (status == ExitStatus::done)
    session.console().note(fmt::format("the old one goes on to work until `penstock key revoke {}`",
                                       server::key_id(old.sha256)));
  return status;
}

ExitStatus revoke(Session& session, ReportFormat format, const Arguments& arguments,
                  config::IdentityConfig identities) {
  const auto at = find_key(arguments.id, identities.keys);
  if (!at) return session.fail_usage(at.error());
  const KeyConfig key = identities.keys[*at];
  identities.keys.erase(identities.keys.begin() + static_cast<std::ptrdiff_t>(*at));
  if (const auto written = server::write_key_file(session.config_directory(), identities.keys); !written)
    return session.fail_usage(written.error());
  if (format == ReportFormat::json) {
    JsonDocument json(session.console().out().is_terminal);
    json.begin_object().member("success", true);
    write_key(json, key);
    return session.print(json.end_object().take());
  }
  return session.print(
      fmt::format("revoked {} of {}\n", server::key_id(key.sha256), printable(key.principal)));
}

ExitStatus list(Session& session, ReportFormat format, const config::IdentityConfig& identities) {
  if (format == ReportFormat::json) {
    JsonDocument json(session.console().out().is_terminal);
    json.begin_object().member("success", true).key("keys").begin_array();
    for (const KeyConfig& key : identities.keys) {
      json.begin_object();
      write_key(json, key);
      json.end_object();
    }
    return session.print(json.end_array().end_object().take());
  }
  TextTable table({"id", "principal", "created", "expires", "state", "note"});
  for (const KeyConfig& key : identities.keys)
    table.add({server::key_id(key.sha256), key.principal, config::format_time(key.created),
               key.expires ? config::format_time(*key.expires) : "never", state_of(key), key.note});
  return session.print(table.empty() ? "there are no keys\n" : table.to_text(session.console()));
}

ExitStatus run(Session& session, const Arguments& arguments) {
  const auto format = session.report_format();
  if (!format) return session.fail_usage(format.error());
  const auto lock = server::KeyFileLock::take(session.config_directory());
  if (!lock) return session.fail_usage(lock.error());
  auto identities = load(session);
  if (!identities) return session.fail_usage(identities.error());
  if (arguments.action == "create") return create(session, *format, arguments, *std::move(identities));
  if (arguments.action == "list") return list(session, *format, *identities);
  if (arguments.action == "rotate") return rotate(session, *format, arguments, *std::move(identities));
  if (arguments.action == "revoke") return revoke(session, *format, arguments, *std::move(identities));
  return session.fail_usage(
      fail(ErrorCode::invalid_argument,
           fmt::format("ACTION is create, list, rotate or revoke, not '{}'", printable(arguments.action)))
          .error());
}

constexpr const char* kDescription =
    "Makes, lists and takes away the API keys of principals\n"
    "Principals are in principals.yaml; keys.yaml beside it has the hashes of their keys and is written by "
    "this command alone. A server that runs reads it again by itself.";

constexpr const char* kFooter =
    "Examples:\n"
    "  penstock key create --name agent1 --expires 90d --note \"laptop of Ada\"\n"
    "  penstock key list\n"
    "  penstock key rotate 5f2b8c91d0aa       a new key; the old one works until it is revoked\n"
    "  penstock key revoke 5f2b8c91d0aa\n"
    "\n"
    "The key is written to standard output, once. Exit status: 0 done, 2 usage or\n"
    "configuration.\n";

}  // namespace

Command add_key(CLI::App& parent) {
  Subcommand command(parent, "key", kDescription, kFooter);
  auto arguments = std::make_shared<Arguments>();
  command.add("ACTION", arguments->action, "create, list, rotate or revoke").required();
  command.add("ID", arguments->id, "The key to rotate or revoke: its id, as `list` shows it");
  command.add("--name", arguments->name, "Whose key to create: a principal of principals.yaml").type("NAME");
  command.add("--expires", arguments->expires, "After which time the new key ends: 12h, 90d (else never)")
      .type("TIME");
  command.add("--note", arguments->note, "What the new key is for, shown by `list`").type("TEXT");
  return {command.app(), [arguments](Session& session) { return run(session, *arguments); }};
}

}  // namespace penstock::cli
