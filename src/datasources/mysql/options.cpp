#include "datasources/mysql/options.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "datasources/mysql/lexer.hpp"

namespace penstock::mysql {

namespace {

constexpr std::array<std::string_view, 4> kTlsModes{"disabled", "preferred", "required", "verify_identity"};

std::vector<SettingSpec> settings() {
  return {
      {.name = "host", .description = "server's name or address", .default_text = "localhost"},
      {.name = "port",
       .kind = SettingKind::integer,
       .description = "TCP port",
       .default_text = "3306",
       .min = 1,
       .max = 65'535},
      {.name = "socket",
       .kind = SettingKind::path,
       .description = "unix socket of a server on this machine, instead of `host` and `port`"},
      {.name = "user", .description = "the server's user", .required = true},
      {.name = "password", .kind = SettingKind::secret, .description = "the user's password"},
      {.name = "ssl_mode",
       .kind = SettingKind::choice,
       .description = "whether the connection is encrypted and the server's certificate and name are checked",
       .default_text = "preferred",
       .choices = {kTlsModes.begin(), kTlsModes.end()}},
      {.name = "ssl_ca",
       .kind = SettingKind::path,
       .description = "certificates of the authorities to trust; the system's unless it is given"},
      {.name = "ssl_cert", .kind = SettingKind::path, .description = "the client's certificate"},
      {.name = "ssl_key", .kind = SettingKind::path, .description = "the key of the client's certificate"},
      {.name = "allow_functions",
       .description = "stored functions of your own, separated by commas (`name` or `database.name`), that "
                      "statements may call under read-only access"},
  };
}

bool is_systems_own(std::string_view database) {
  constexpr std::array<std::string_view, 4> kSystem{"mysql", "information_schema", "performance_schema",
                                                    "sys"};
  return std::ranges::any_of(kSystem, [&](std::string_view name) { return same_word(name, database); });
}

std::vector<SettingProblem> check_config(const DataSourceConfig& config) {
  std::vector<SettingProblem> problems;
  for (const LogicalDatabase& database : config.databases) {
    if (!is_systems_own(database.physical)) continue;
    problems.push_back({{"databases", database.name, "database"},
                        "`" + database.physical + "` is the server's own database, which is not served"});
  }
  const auto mode = config.connection.get<std::string>("ssl_mode");
  if (mode == "verify_identity" && config.connection.has("socket")) {
    problems.push_back(
        {{"connection", "ssl_mode"},
         "a unix `socket` has no host whose name a certificate could show; leave one of them away"});
  }
  if (config.connection.has("ssl_cert") != config.connection.has("ssl_key")) {
    problems.push_back({{"connection", config.connection.has("ssl_cert") ? "ssl_cert" : "ssl_key"},
                        "`ssl_cert` and `ssl_key` need each other"});
  }
  return problems;
}

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    const std::size_t first = part.find_first_not_of(" \t");
    if (first != part.npos) parts.emplace_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace

TypeSpec type_spec() {
  TypeSpec spec;
  spec.name = "mysql";
  spec.aliases = {"mariadb"};
  spec.physical_key = "database";
  spec.connection = settings();
  spec.check = &check_config;
  return spec;
}

const std::string* Options::physical(std::string_view database) const noexcept {
  const auto found = std::ranges::find(config.databases, database, &LogicalDatabase::name);
  return found == config.databases.end() ? nullptr : &found->physical;
}

std::string quote_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c == '\'' ? '\'' : '\\';
    out += c;
  }
  return out + "'";
}

Result<Options> read_options(const DataSourceConfig& config) {
  const Settings& given = config.connection;
  const auto path = [&](std::string_view key) { return given.get_or(key, std::filesystem::path()).string(); };
  Options options;
  options.config = config;
  options.host = given.get_or<std::string>("host", "localhost");
  options.port = static_cast<std::uint16_t>(
      std::clamp<std::int64_t>(given.get_or<std::int64_t>("port", 3306), 1, 65'535));
  options.socket = path("socket");
  options.user = given.get_or<std::string>("user", {});
  options.password = given.get_or("password", Secret());
  const auto mode =
      std::ranges::find(kTlsModes, given.get_or<std::string>("ssl_mode", "preferred")) - kTlsModes.begin();
  options.tls = static_cast<TlsMode>(std::min<std::ptrdiff_t>(mode, 3));
  options.ca = path("ssl_ca");
  options.certificate = path("ssl_cert");
  options.key = path("ssl_key");
  options.allow_functions = parts_of(given.get_or<std::string>("allow_functions", {}));
  if (options.user.empty()) {
    return fail(ErrorCode::invalid_argument,
                "datasource '" + config.name + "': `user` is required in its connection");
  }
  // A program may make the configuration without a file that was checked.
  if (!config.roles.empty() || !config.query_settings.empty() || !config.masks.empty()) {
    return fail(ErrorCode::invalid_argument,
                "datasource '" + config.name +
                    "': roles, settings and masks are not supported by datasources of the type `mysql`");
  }
  if (const auto problems = check_config(config); !problems.empty())
    return fail(ErrorCode::invalid_argument, "datasource '" + config.name + "': " + problems.front().message);
  return options;
}

}  // namespace penstock::mysql
