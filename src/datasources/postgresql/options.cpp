#include "datasources/postgresql/options.hpp"

#include <algorithm>
#include <utility>

#include "datasources/postgresql/parameters.hpp"

namespace penstock::postgresql {

namespace {

constexpr std::string_view kDefaultHost = "localhost";

std::vector<SettingSpec> where_settings() {
  return {
      {.name = "host",
       .description =
           "server's name or address, or the folder of its unix socket; several, separated by commas, "
           "are tried in turn, each with its own port where it is written `name:port`; default "
           "`localhost`, unless there is a `service`"},
      {.name = "port",
       .kind = SettingKind::integer,
       .description =
           "TCP port, and part of the unix socket's name; default 5432, unless there is a `service`",
       .min = 1,
       .max = 65'535},
      {.name = "database", .description = "database of the cluster that holds the schemas"},
      {.name = "user", .description = "login role"},
      {.name = "password", .kind = SettingKind::secret, .description = "the role's password"},
      {.name = "passfile", .kind = SettingKind::path, .description = "file of passwords, as libpq reads it"},
      {.name = "service", .description = "entry of libpq's service file that has what is not given here"},
      {.name = "target_session_attrs",
       .kind = SettingKind::choice,
       .description = "which of several hosts will do; libpq's default is `any`",
       .choices = {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
      {.name = "application_name", .description = "as the server shows it", .default_text = "penstock"},
  };
}

std::vector<SettingSpec> tls_settings() {
  return {
      {.name = "sslmode",
       .kind = SettingKind::choice,
       .description = "whether the connection is encrypted and the server's certificate checked; libpq's "
                      "default is `prefer`",
       .choices = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
      {.name = "sslrootcert",
       .kind = SettingKind::path,
       .description = "certificates of the authorities to trust"},
      {.name = "sslcert", .kind = SettingKind::path, .description = "the client's certificate"},
      {.name = "sslkey", .kind = SettingKind::path, .description = "the key of the client's certificate"},
      {.name = "sslpassword", .kind = SettingKind::secret, .description = "what the key is encrypted with"},
      {.name = "sslcrl", .kind = SettingKind::path, .description = "certificates that are no longer valid"},
      {.name = "sslcrldir",
       .kind = SettingKind::path,
       .description = "the same, as a folder of hashed names"},
      {.name = "sslsni",
       .kind = SettingKind::boolean,
       .description = "tell the server its name in the clear, for proxies; libpq's default is true"},
      {.name = "ssl_min_protocol_version",
       .kind = SettingKind::choice,
       .description = "oldest version of TLS to accept; libpq's default is TLSv1.2",
       .choices = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
      {.name = "ssl_max_protocol_version",
       .kind = SettingKind::choice,
       .description = "newest version of TLS to accept",
       .choices = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
      {.name = "channel_binding",
       .kind = SettingKind::choice,
       .description =
           "whether the password's proof must be bound to the TLS connection; libpq's default is `prefer`",
       .choices = {"disable", "prefer", "require"}},
      {.name = "requirepeer",
       .description = "user of this machine that the server on a unix socket must run as"},
      {.name = "krbsrvname", .description = "Kerberos service name of the server"},
  };
}

std::vector<SettingSpec> session_settings() {
  return {
      {.name = "keepalives_idle",
       .kind = SettingKind::duration,
       .description = "quiet time after which the system asks whether the server is still there",
       .default_text = "60s",
       .min = 1'000,
       .max = 86'400'000},
      {.name = "keepalives_interval",
       .kind = SettingKind::duration,
       .description = "time between such questions",
       .default_text = "10s",
       .min = 1'000,
       .max = 3'600'000},
      {.name = "keepalives_count",
       .kind = SettingKind::integer,
       .description = "questions without an answer until the connection is given up",
       .default_text = "3",
       .min = 1,
       .max = 100},
      {.name = "tcp_user_timeout",
       .kind = SettingKind::duration,
       .description = "time for the server to acknowledge what was sent",
       .default_text = "30s",
       .min = 1'000,
       .max = 3'600'000},
      {.name = "role", .description = "role to become after connecting (SET ROLE)"},
      {.name = "extension_schemas",
       .description =
           "schemas, separated by commas, whose extensions statements may use; they come behind the "
           "database's own in the search_path"},
      {.name = "allow_functions",
       .description =
           "functions of your own, separated by commas, that statements may call under read-only access"},
      {.name = "auto_parameterize",
       .kind = SettingKind::boolean,
       .description =
           "whether short reads run with parameters in place of their literals, so that texts that differ in "
           "these alone share what was prepared for one",
       .default_text = "true"},
  };
}

// Parts between commas, without the blanks around them; empty ones are left out.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    const std::size_t first = part.find_first_not_of(" \t");
    if (first != part.npos) parts.emplace_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

struct Place {
  std::string host;
  std::string port;
};

// `name:port`; an IPv6 address has more colons, a socket's folder begins with a slash.
Place place_of(std::string_view written, const std::string& port) {
  const std::size_t colon = written.find(':');
  const bool has_port = colon != written.npos && written.find(':', colon + 1) == written.npos &&
                        !written.starts_with('/') && !written.starts_with('@');
  if (!has_port) return {std::string(written), port};
  return {std::string(written.substr(0, colon)), std::string(written.substr(colon + 1))};
}

// libpq's own form of a setting; nothing when it is not set.
std::optional<std::string> text_of(const Settings& settings, const SettingSpec& spec) {
  const std::string& name = spec.name;
  switch (spec.kind) {
    case SettingKind::secret:
      if (const auto secret = settings.get<Secret>(name)) return secret->reveal();
      return std::nullopt;
    case SettingKind::path:
      if (const auto path = settings.get<std::filesystem::path>(name)) return path->string();
      return std::nullopt;
    case SettingKind::boolean:
      if (const auto flag = settings.get<bool>(name)) return *flag ? "1" : "0";
      return std::nullopt;
    case SettingKind::integer:
      if (const auto number = settings.get<std::int64_t>(name)) return std::to_string(*number);
      return std::nullopt;
    case SettingKind::duration:
      if (const auto time = settings.get<std::chrono::milliseconds>(name)) {
        // libpq counts this one in milliseconds, the keepalives in seconds.
        return std::to_string(name == "tcp_user_timeout" ? time->count() : time->count() / 1'000);
      }
      return std::nullopt;
    default:
      return settings.get<std::string>(name);
  }
}

// Everything but the places.
Keywords shared_keywords(const Settings& settings) {
  Keywords keywords;
  const auto add = [&](const std::vector<SettingSpec>& specs, std::initializer_list<std::string_view> but) {
    for (const SettingSpec& spec : specs) {
      if (std::ranges::find(but, spec.name) != but.end()) continue;
      if (auto text = text_of(settings, spec)) keywords.emplace_back(spec.name, std::move(*text));
    }
  };
  add(where_settings(), {"host", "port", "database"});
  add(tls_settings(), {});
  add(session_settings(), {"role", "extension_schemas", "allow_functions", "auto_parameterize"});
  if (auto database = settings.get<std::string>("database"))
    keywords.emplace_back("dbname", std::move(*database));
  keywords.emplace_back("client_encoding", "UTF8");
  // Messages are read from the socket or from TLS, and GSSAPI's encryption is neither.
  keywords.emplace_back("gssencmode", "disable");
  return keywords;
}

std::vector<Keywords> places_of(const Settings& settings) {
  const Keywords shared = shared_keywords(settings);
  const bool service = settings.has("service");
  const auto configured_port = settings.get<std::int64_t>("port");
  const std::string port = configured_port ? std::to_string(*configured_port) : service ? "" : "5432";
  std::vector<Place> places;
  const auto hosts = settings.get<std::string>("host");
  for (const std::string& host : parts_of(hosts.value_or(service ? "" : std::string(kDefaultHost))))
    places.push_back(place_of(host, port));
  if (places.empty()) places.push_back({"", port});
  // Only libpq can look at all of them first and then choose.
  if (settings.get<std::string>("target_session_attrs") == "prefer-standby" && places.size() > 1) {
    Place all;
    for (const Place& place : places) {
      all.host += (all.host.empty() ? "" : ",") + place.host;
      all.port += (all.port.empty() ? "" : ",") + place.port;
    }
    places = {std::move(all)};
  }
  std::vector<Keywords> out;
  for (const Place& place : places) {
    Keywords& keywords = out.emplace_back(shared);
    if (!place.host.empty()) keywords.emplace_back("host", place.host);
    if (!place.port.empty()) keywords.emplace_back("port", place.port);
  }
  return out;
}

}  // namespace

TypeSpec type_spec() {
  TypeSpec spec;
  spec.name = "postgresql";
  spec.aliases = {"postgres"};
  spec.physical_key = "schema";
  spec.marks = ParameterMarks::numbered_dollar;
  spec.takes_masks = true;
  spec.takes_roles = true;
  for (auto settings : {where_settings(), tls_settings(), session_settings()})
    std::ranges::move(settings, std::back_inserter(spec.connection));
  return spec;
}

const std::string* Options::schema_of(std::string_view database) const noexcept {
  const auto found = std::ranges::find(config.databases, database, &LogicalDatabase::name);
  return found == config.databases.end() ? nullptr : &found->physical;
}

Policy policy_of(const Options& options) {
  Policy policy;
  policy.database = options.config.connection.get_or<std::string>("database", {});
  policy.databases = options.config.databases;
  policy.extension_schemas = options.extension_schemas;
  policy.allow_functions = options.allow_functions;
  return policy;
}

std::string quote_identifier(std::string_view name) {
  std::string out("\"");
  for (const char c : name)
    out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

Result<Options> read_options(const DataSourceConfig& config) {
  const Settings& settings = config.connection;
  for (const char* key : {"database", "user"}) {
    if (settings.has(key) || settings.has("service")) continue;
    return fail(ErrorCode::invalid_argument,
                "datasource '" + config.name + "': `" + key +
                    "` is required in its connection, unless it names a `service`");
  }
  Options options;
  options.config = config;
  options.places = places_of(settings);
  options.role = settings.get_or<std::string>("role", {});
  if (!options.role.empty() && !config.roles.empty()) {
    return fail(
        ErrorCode::invalid_argument,
        "datasource '" + config.name +
            "': `role` of its connection and `roles` exclude each other: with `roles`, each query runs "
            "under one of them");
  }
  options.extension_schemas = parts_of(settings.get_or<std::string>("extension_schemas", {}));
  options.allow_functions = parts_of(settings.get_or<std::string>("allow_functions", {}));
  options.auto_parameterize = settings.get_or<bool>("auto_parameterize", true);
  Value::List schemas;
  for (const LogicalDatabase& database : config.databases) {
    schemas.emplace_back(database.physical);
    std::string path = quote_identifier(database.physical);
    for (const std::string& schema : options.extension_schemas)
      path += ", " + quote_identifier(schema);
    // Temporary tables come last: unnamed, they would come first.
    std::vector<std::string> searched{database.physical};
    searched.insert(searched.end(), options.extension_schemas.begin(), options.extension_schemas.end());
    options.search_paths.emplace(database.name, SearchPath{path + ", pg_temp", std::move(searched)});
  }
  options.searched_schemas = schemas;
  for (const std::string& schema : options.extension_schemas)
    options.searched_schemas.emplace_back(schema);
  auto array = to_text_parameters(Params{std::move(schemas)});
  if (!array) return pass_error(array);
  options.schemas = std::move(*array->front());
  return options;
}

}  // namespace penstock::postgresql
