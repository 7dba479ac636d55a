#include "datasources/mongodb/options.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "datasources/mongodb/mongoc_library.hpp"

namespace penstock::mongodb {

namespace {

constexpr std::int64_t kDefaultPort = 27'017;

struct FreeUri {
  void operator()(mongoc_uri_t* uri) const noexcept { mongoc().uri_destroy(uri); }
};
using UriPtr = std::unique_ptr<mongoc_uri_t, FreeUri>;

std::vector<SettingSpec> where_settings() {
  return {
      {.name = "uri",
       .kind = SettingKind::secret,
       .description =
           "connection string, `mongodb://` or `mongodb+srv://`, in the place of the other keys of this page "
           "but `sample_size`"},
      {.name = "host",
       .description =
           "server's name or address, or its unix socket (a path that ends in `.sock`); several members of a "
           "replica set or routers of a cluster, separated by commas, each with its own port where it is "
           "written `name:port`; default `localhost`"},
      {.name = "port",
       .kind = SettingKind::integer,
       .description = "TCP port; default 27017",
       .min = 1,
       .max = 65'535},
      {.name = "user", .description = "user to authenticate as; without one, nobody is"},
      {.name = "password", .kind = SettingKind::secret, .description = "the user's password"},
      {.name = "auth_source", .description = "database that knows the user; MongoDB's default is `admin`"},
      {.name = "auth_mechanism",
       .kind = SettingKind::choice,
       .description = "how to authenticate; without it, the best that the server offers of SCRAM",
       .choices = {"SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN"}},
      {.name = "replica_set", .description = "name of the replica set, whose members are then found"},
      {.name = "read_preference",
       .kind = SettingKind::choice,
       .description = "which members of a replica set answer; default `primary`",
       .choices = {"primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"}},
      {.name = "read_concern",
       .kind = SettingKind::choice,
       .description = "how far what is read must have spread; without it, the server's default",
       .choices = {"local", "available", "majority", "linearizable", "snapshot"}},
  };
}

std::vector<SettingSpec> other_settings() {
  return {
      {.name = "tls", .kind = SettingKind::boolean, .description = "encrypt; default false"},
      {.name = "tls_ca_file",
       .kind = SettingKind::path,
       .description = "certificates of the authorities to trust; default: the system's"},
      {.name = "tls_certificate_key_file",
       .kind = SettingKind::path,
       .description = "the client's certificate and its key, in one file"},
      {.name = "tls_certificate_key_password",
       .kind = SettingKind::secret,
       .description = "what the key is encrypted with"},
      {.name = "tls_allow_invalid_hostnames",
       .kind = SettingKind::boolean,
       .description = "accept a certificate of another name; default false"},
      {.name = "sample_size",
       .kind = SettingKind::integer,
       .description = "documents that a collection's fields are told from",
       .default_text = "1000",
       .min = 1,
       .max = 100'000},
  };
}

constexpr std::array kBesideUri{"host",
                                "port",
                                "user",
                                "password",
                                "auth_source",
                                "auth_mechanism",
                                "replica_set",
                                "read_preference",
                                "read_concern",
                                "tls",
                                "tls_ca_file",
                                "tls_certificate_key_file",
                                "tls_certificate_key_password",
                                "tls_allow_invalid_hostnames"};

// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
bool is_database_name(std::string_view name) {
  return !name.empty() && name.size() < 64 &&
         name.find_first_of(std::string_view("/\\. \"$\0", 7)) == name.npos;
}

std::vector<SettingProblem> check_config(const DataSourceConfig& config) {
  std::vector<SettingProblem> problems;
  if (config.access == Access::read_write) {
    problems.push_back({{"access"}, "a datasource of type mongodb can only be read: `access: read_only`"});
  }
  if (config.connection.has("uri")) {
    for (const char* key : kBesideUri) {
      if (!config.connection.has(key)) continue;
      problems.push_back({{"connection", key}, "`" + std::string(key) + "` and `uri` exclude each other"});
    }
  }
  if (config.connection.has("password") && !config.connection.has("user"))
    problems.push_back({{"connection", "password"}, "`password` needs `user`"});
  for (const LogicalDatabase& database : config.databases) {
    if (is_database_name(database.physical)) continue;
    problems.push_back({{"databases", database.name, "database"},
                        "`" + database.physical + "` cannot be the name of a MongoDB database"});
  }
  return problems;
}

// Percent-encoded but for what a host and its port may have.
std::string escaped(std::string_view part) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : part) {
    if (kPlain.find(c) != kPlain.npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

// "a, b:27018" as the hosts of a connection string.
std::string hosts_of(std::string_view hosts, std::int64_t port) {
  std::string out;
  while (!hosts.empty()) {
    const std::size_t comma = std::min(hosts.find(','), hosts.size());
    std::string_view host = hosts.substr(0, comma);
    hosts.remove_prefix(std::min(comma + 1, hosts.size()));
    const std::size_t first = host.find_first_not_of(" \t");
    if (first == host.npos) continue;
    host = host.substr(first, host.find_last_not_of(" \t") - first + 1);
    const auto colons = std::ranges::count(host, ':');
    const bool is_socket = host.ends_with(".sock");
    std::string written =
        colons > 1 && !host.starts_with('[') ? "[" + std::string(host) + "]" : escaped(host);
    const bool has_port = colons == 1 || (host.starts_with('[') && host.find("]:") != host.npos);
    if (!is_socket && !has_port) written += ":" + std::to_string(port);
    out += (out.empty() ? "" : ",") + written;
  }
  return out;
}

Result<UriPtr> parse_uri(const std::string& text, std::string_view datasource) {
  bson_error_t error;
  UriPtr uri(mongoc().uri_new_with_error(text.c_str(), &error));
  if (uri) return uri;
  Error failure =
      fail(ErrorCode::invalid_argument, "datasource '" + std::string(datasource) +
                                            "': its `uri`, or its `host`, is no connection string of MongoDB")
          .error();
  // libmongoc's words may quote the text, and the text has a password.
  return std::unexpected(std::move(failure));
}

void set_read_preference(mongoc_uri_t& uri, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, mongoc_read_mode_t>, 5> kModes{
      std::pair{std::string_view("primary"), MONGOC_READ_PRIMARY},
      std::pair{std::string_view("primaryPreferred"), MONGOC_READ_PRIMARY_PREFERRED},
      std::pair{std::string_view("secondary"), MONGOC_READ_SECONDARY},
      std::pair{std::string_view("secondaryPreferred"), MONGOC_READ_SECONDARY_PREFERRED},
      std::pair{std::string_view("nearest"), MONGOC_READ_NEAREST}};
  const auto* mode = std::ranges::find(kModes, name, &std::pair<std::string_view, mongoc_read_mode_t>::first);
  if (mode == kModes.end()) return;
  mongoc_read_prefs_t* prefs = mongoc().read_prefs_new(mode->second);
  mongoc().uri_set_read_prefs_t(&uri, prefs);
  mongoc().read_prefs_destroy(prefs);
}

void set_read_concern(mongoc_uri_t& uri, const std::string& level) {
  mongoc_read_concern_t* concern = mongoc().read_concern_new();
  mongoc().read_concern_set_level(concern, level.c_str());
  mongoc().uri_set_read_concern(&uri, concern);
  mongoc().read_concern_destroy(concern);
}

Result<UriPtr> uri_from_keys(const DataSourceConfig& config) {
  const Settings& settings = config.connection;
  const std::int64_t port = settings.get_or("port", kDefaultPort);
  const std::string hosts = hosts_of(settings.get_or<std::string>("host", "localhost"), port);
  auto uri = parse_uri("mongodb://" + hosts + "/", config.name);
  if (!uri) return uri;
  mongoc_uri_t* made = uri->get();
  const auto text = [&](const char* key) { return settings.get<std::string>(key); };
  if (const auto user = text("user")) mongoc().uri_set_username(made, user->c_str());
  if (const auto password = settings.get<Secret>("password"))
    mongoc().uri_set_password(made, password->reveal().c_str());
  if (const auto source = text("auth_source")) mongoc().uri_set_auth_source(made, source->c_str());
  if (const auto mechanism = text("auth_mechanism"))
    mongoc().uri_set_auth_mechanism(made, mechanism->c_str());
  const auto replica_set = text("replica_set");
  if (replica_set) mongoc().uri_set_option_as_utf8(made, MONGOC_URI_REPLICASET, replica_set->c_str());
  const bool one_host = hosts.find(',') == std::string::npos;
  if (one_host && !replica_set) mongoc().uri_set_option_as_bool(made, MONGOC_URI_DIRECTCONNECTION, true);
  if (const auto preference = text("read_preference")) set_read_preference(*made, *preference);
  if (const auto level = text("read_concern")) set_read_concern(*made, *level);
  return uri;
}

// What the driver does by itself, or must not be done behind its back.
void set_driver_options(mongoc_uri_t& uri, const DataSourceConfig& config) {
  const auto connect = static_cast<std::int32_t>(config.pool.connect_timeout.count());
  mongoc().uri_set_option_as_int32(&uri, MONGOC_URI_SOCKETTIMEOUTMS, kNoLimitMilliseconds);
  mongoc().uri_set_option_as_int32(&uri, MONGOC_URI_CONNECTTIMEOUTMS, connect);
  mongoc().uri_set_option_as_int32(&uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, connect);
  mongoc().uri_set_option_as_bool(&uri, MONGOC_URI_SERVERSELECTIONTRYONCE, true);
  mongoc().uri_set_option_as_bool(&uri, MONGOC_URI_RETRYREADS, false);
  mongoc().uri_set_option_as_bool(&uri, MONGOC_URI_RETRYWRITES, false);
  // The stream's own: libmongoc believes the connection to be plain.
  mongoc().uri_set_option_as_bool(&uri, MONGOC_URI_TLS, false);
}

std::optional<TlsOptions> tls_of_keys(const Settings& settings) {
  const auto file = [&](const char* key) { return settings.get_or<std::filesystem::path>(key, {}).string(); };
  if (!settings.get_or("tls", false)) return std::nullopt;
  return TlsOptions{
      .ca_file = file("tls_ca_file"),
      .certificate_key_file = file("tls_certificate_key_file"),
      .certificate_key_password = settings.get_or("tls_certificate_key_password", Secret()).reveal(),
      .allow_invalid_hostnames = settings.get_or("tls_allow_invalid_hostnames", false)};
}

std::optional<TlsOptions> tls_of_uri(const mongoc_uri_t& uri) {
  if (!mongoc().uri_get_tls(&uri)) return std::nullopt;
  const auto text = [&](const char* key) {
    return std::string(mongoc().uri_get_option_as_utf8(&uri, key, ""));
  };
  const auto flag = [&](const char* key) { return mongoc().uri_get_option_as_bool(&uri, key, false); };
  const bool insecure = flag(MONGOC_URI_TLSINSECURE);
  return TlsOptions{.ca_file = text(MONGOC_URI_TLSCAFILE),
                    .certificate_key_file = text(MONGOC_URI_TLSCERTIFICATEKEYFILE),
                    .certificate_key_password = text(MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD),
                    .allow_invalid_certificates = insecure || flag(MONGOC_URI_TLSALLOWINVALIDCERTIFICATES),
                    .allow_invalid_hostnames = insecure || flag(MONGOC_URI_TLSALLOWINVALIDHOSTNAMES)};
}

}  // namespace

const LogicalDatabase* Options::find(std::string_view database) const noexcept {
  const auto found = std::ranges::find(databases, database, &LogicalDatabase::name);
  return found == databases.end() ? nullptr : &*found;
}

TypeSpec type_spec() {
  TypeSpec spec;
  spec.name = "mongodb";
  spec.aliases = {"mongo"};
  spec.physical_key = "database";
  spec.marks = ParameterMarks::numbered_dollar;
  for (auto settings : {where_settings(), other_settings()})
    std::ranges::move(settings, std::back_inserter(spec.connection));
  spec.check = &check_config;
  return spec;
}

Result<Options> read_options(const DataSourceConfig& config) {
  if (const auto problems = check_config(config); !problems.empty())
    return fail(ErrorCode::invalid_argument, "datasource " + config.name + ": " + problems.front().message);
  if (auto loaded = load_mongoc(); !loaded) return pass_error(loaded);
  const Settings& settings = config.connection;
  Options options;
  const auto written = settings.get<Secret>("uri");
  auto uri = written ? parse_uri(written->reveal(), config.name) : uri_from_keys(config);
  if (!uri) return pass_error(uri);
  options.stream.tls = written ? tls_of_uri(**uri) : tls_of_keys(settings);
  set_driver_options(**uri, config);
  options.uri = std::shared_ptr<mongoc_uri_t>(uri->release(), FreeUri());
  options.databases = config.databases;
  options.sample_size = settings.get_or("sample_size", options.sample_size);
  return options;
}

}  // namespace penstock::mongodb
