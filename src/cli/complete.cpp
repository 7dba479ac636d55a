#include "cli/complete.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/session.hpp"
#include "config/configuration.hpp"
#include "server/identity/api_keys.hpp"

namespace penstock::cli {

namespace {

/// Longer than this nobody waits for the Tab key.
constexpr std::chrono::milliseconds kPatience{1000};

struct Candidate {
  std::string text;
  std::string description;
};

enum class Kind : std::uint8_t { words, files, directories };

struct Offer {
  Kind kind = Kind::words;
  std::vector<Candidate> candidates;
};

/// What the words before the cursor come to.
struct Position {
  const CLI::App* app = nullptr;
  const CLI::Option* pending = nullptr;  ///< an option whose value stands at the cursor
  std::vector<std::string> arguments;    ///< positional ones so far
  std::string config;
  bool options_end = false;
};

const CLI::Option* find_option(const CLI::App& app, std::string_view name) {
  return app.get_option_no_throw(std::string(name));
}

const CLI::App* find_command(const CLI::App& root, const std::string& name) {
  const auto found = root.get_subcommands([&](const CLI::App* app) { return app->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

bool takes_value(const CLI::Option* option) {
  return option != nullptr && option->get_expected_max() > 0;
}

bool is_named(const CLI::Option& option, std::string_view long_name) {
  return std::ranges::find(option.get_lnames(), long_name) != option.get_lnames().end();
}

void take_value(Position& position, const CLI::Option& option, std::string_view value) {
  if (is_named(option, "config")) position.config = value;
}

void take_option(Position& position, std::string_view word) {
  const std::size_t equals = word.find('=');
  const CLI::Option* const option = find_option(*position.app, word.substr(0, equals));
  if (!takes_value(option)) return;
  if (equals == std::string_view::npos) {
    position.pending = option;
  } else {
    take_value(position, *option, word.substr(equals + 1));
  }
}

Position position_after(const CLI::App& root, std::span<const std::string> words) {
  Position position{.app = &root, .arguments = {}, .config = {}};
  for (const std::string& word : words) {
    if (position.pending != nullptr) {
      if (word == "=") continue;
      take_value(position, *std::exchange(position.pending, nullptr), word);
    } else if (!position.options_end && word == "--") {
      position.options_end = true;
    } else if (!position.options_end && word.size() > 1 && word.starts_with('-')) {
      take_option(position, word);
    } else if (position.app == &root) {
      if (const CLI::App* command = find_command(root, word)) position.app = command;
    } else {
      position.arguments.push_back(word);
    }
  }
  return position;
}

Offer words_of(std::initializer_list<const char*> words) {
  Offer offer;
  for (const char* word : words)
    offer.candidates.push_back({word, ""});
  return offer;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Offer commands_of(const CLI::App& root) {
  Offer offer;
  for (const CLI::App* command : root.get_subcommands(nullptr)) {
    offer.candidates.push_back({command->get_name(), first_line(command->get_description())});
  }
  return offer;
}

Offer options_of(const CLI::App& app) {
  Offer offer;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      offer.candidates.push_back({"--" + name, first_line(option->get_description())});
    }
  }
  return offer;
}

std::unique_ptr<DataSourceManager> load_manager(const Position& position) {
  GlobalOptions options;
  options.config = position.config;
  auto manager = Session(std::move(options), ColorChoice::never).load();
  return manager ? std::move(*manager) : nullptr;
}

Offer databases(const Position& position) {
  const auto manager = load_manager(position);
  Offer offer;
  if (!manager) return offer;
  for (const DatabaseInfo& info : manager->databases()) {
    const bool given = std::ranges::find(position.arguments, info.id) != position.arguments.end();
    if (!given)
      offer.candidates.push_back({info.id, info.description.empty() ? info.name : info.description});
  }
  return offer;
}

Offer tables(const Position& position) {
  const auto manager = load_manager(position);
  Offer offer;
  if (!manager) return offer;
  const auto schema = manager->schema(position.arguments.front(), {}, {.timeout = kPatience});
  if (!schema) return offer;
  for (const TableInfo& table : schema->tables)
    offer.candidates.push_back({table.name, table.comment});
  return offer;
}

config::IdentityConfig load_identities(const Position& position) {
  GlobalOptions options;
  options.config = position.config;
  const Session session(std::move(options), ColorChoice::never);
  auto identities = config::load_identities(session.config_directory());
  return identities ? *std::move(identities) : config::IdentityConfig();
}

Offer keys(const Position& position) {
  Offer offer;
  const config::IdentityConfig identities = load_identities(position);
  for (const config::KeyConfig& key : identities.keys)
    offer.candidates.push_back({server::key_id(key.sha256), key.principal});
  return offer;
}

Offer principals(const Position& position) {
  Offer offer;
  const config::IdentityConfig identities = load_identities(position);
  for (const config::PrincipalConfig& principal : identities.principals)
    offer.candidates.push_back({principal.name, ""});
  return offer;
}

Offer option_values(const Position& position, const CLI::Option& option) {
  const std::string& command = position.app->get_name();
  if (is_named(option, "config") || (command == "import" && is_named(option, "output")))
    return {Kind::directories, {}};
  if (is_named(option, "file") || is_named(option, "output")) return {Kind::files, {}};
  if (is_named(option, "color")) return words_of({"auto", "always", "never"});
  if (is_named(option, "log-level")) return words_of({"debug", "info", "warning", "error", "off"});
  if (is_named(option, "log-format")) return words_of({"text", "json"});
  const bool names_principal = command == "key" && is_named(option, "name");
  if (names_principal || is_named(option, "principal")) return principals(position);
  if (!is_named(option, "format")) return {};
  if (command != "query") return words_of({"table", "json"});
  return words_of({"table", "json", "jsonl", "csv", "tsv", "markdown", "arrow"});
}

Offer arguments_of(const Position& position) {
  const std::string& command = position.app->get_name();
  const std::size_t at = position.arguments.size();
  if (command == "validate") return databases(position);
  if ((command == "query" || command == "schema") && at == 0) return databases(position);
  if (command == "schema" && at == 1) return tables(position);
  if (command == "key" && at == 0) return words_of({"create", "list", "rotate", "revoke"});
  if (command == "key" && at == 1 && position.arguments.front() != "create") return keys(position);
  if (command == "completion" && at == 0) return words_of({"bash", "zsh"});
  if (command == "import" && at == 0) return words_of({"toolbox", "dbhub"});
  if (command == "import" && at == 1) return {Kind::files, {}};
  if (command == "init" && at == 0) return {Kind::directories, {}};
  return {};
}

std::string to_lines(const Offer& offer, std::string_view prefix) {
  if (offer.kind == Kind::files) return "files\n";
  if (offer.kind == Kind::directories) return "directories\n";
  std::string out = "words\n";
  for (const Candidate& candidate : offer.candidates) {
    if (!candidate.text.starts_with(prefix)) continue;
    out += printable(candidate.text) + "\t" + printable(first_line(candidate.description)) + "\n";
  }
  return out;
}

}  // namespace

ExitStatus complete(const CLI::App& root, std::span<const std::string> words) {
  if (words.empty()) return ExitStatus::done;
  std::string_view current = words.back();
  const Position position = position_after(root, words.first(words.size() - 1));
  Offer offer;
  if (position.pending != nullptr) {
    if (current == "=") current = {};
    offer = option_values(position, *position.pending);
  } else if (!position.options_end && current.starts_with('-')) {
    const std::size_t equals = current.find('=');
    if (equals == std::string_view::npos) {
      offer = options_of(*position.app);
    } else if (const auto* option = find_option(*position.app, current.substr(0, equals));
               takes_value(option)) {
      offer = option_values(position, *option);
      current.remove_prefix(equals + 1);
    }
  } else {
    offer = position.app == &root ? commands_of(root) : arguments_of(position);
  }
  return Session({}, ColorChoice::never).print(to_lines(offer, current));
}

}  // namespace penstock::cli
