#include "datasources/postgresql/postgresql.hpp"

namespace penstock::postgresql {

namespace {

std::vector<SettingSpec> connection_settings() {
  return {
      {.name = "host",
       .description = "server's name or address, or the folder of its unix socket",
       .default_text = "localhost"},
      {.name = "port",
       .kind = SettingKind::integer,
       .description = "TCP port",
       .default_text = "5432",
       .min = 1,
       .max = 65'535},
      {.name = "database", .description = "database of the cluster that holds the schemas", .required = true},
      {.name = "user", .description = "login role", .required = true},
      {.name = "password", .kind = SettingKind::secret, .description = "the role's password"},
      {.name = "sslmode",
       .kind = SettingKind::choice,
       .description = "whether the connection is encrypted and the server's certificate checked",
       .default_text = "prefer",
       .choices = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
      {.name = "sslrootcert",
       .kind = SettingKind::path,
       .description = "certificates of the authorities to trust"},
      {.name = "sslcert", .kind = SettingKind::path, .description = "the client's certificate"},
      {.name = "sslkey", .kind = SettingKind::path, .description = "the key of the client's certificate"},
  };
}

}  // namespace

DataSourceType type() {
  DataSourceType type;
  type.spec.name = "postgresql";
  type.spec.aliases = {"postgres"};
  type.spec.physical_key = "schema";
  type.spec.connection = connection_settings();
  type.missing_driver = "this version of Penstock has no driver for PostgreSQL yet";
  return type;
}

}  // namespace penstock::postgresql
