#include "importers/dbhub_sources.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "config/scalar.hpp"
#include "importers/dsn.hpp"
#include "importers/source_builder.hpp"
#include "importers/tool_builder.hpp"

namespace penstock::importers {

namespace {

using config::Entry;
using config::in_backticks;
using config::Node;

struct TypeName {
  std::string_view theirs;
  std::string_view ours;
};

constexpr std::array kTypes{TypeName{"postgres", "postgresql"}, TypeName{"postgresql", "postgresql"},
                            TypeName{"mysql", "mysql"}, TypeName{"mariadb", "mysql"},
                            TypeName{"sqlite", "sqlite"}};

const DataSourceType* find_type(std::string_view theirs, const DataSourceRegistry& registry) {
  const auto known = std::ranges::find(kTypes, theirs, &TypeName::theirs);
  if (known == kTypes.end()) return nullptr;
  // MariaDB may be a type of its own, or another name of MySQL's.
  const DataSourceType* own = registry.find(theirs);
  return own != nullptr ? own : registry.find(known->ours);
}

class SourceReader {
 public:
  SourceReader(std::string_view name, config::Place place, const DataSourceRegistry& registry, Plan& plan)
      : name_(name), place_(place), registry_(registry), plan_(plan) {}

  void read(const Node* node, std::string_view dsn) {
    std::optional<Dsn> parsed;
    if (!dsn.empty()) {
      parsed = parse_dsn(dsn);
      if (!parsed)
        return lose("its `dsn` is no connection string that can be taken apart here",
                    "give type, host, port, database, user and password as keys, and import again");
    }
    const std::string_view type_name = parsed ? std::string_view(parsed->scheme) : text_at(*node, "type");
    const DataSourceType* type = find_type(type_name, registry_);
    if (type == nullptr)
      return lose(fmt::format("there is no datasource of the type {} here", in_backticks(type_name)),
                  "keep it there");
    SourceBuilder builder(plan_, name_, place_, type->spec);
    is_file_ = type->spec.name == "sqlite";
    if (type->spec.name == "postgresql") builder.set_physical("public");
    if (parsed) read_dsn(*parsed, builder);
    for (const Entry& entry : node == nullptr ? std::vector<Entry>{} : node->entries)
      read_key(entry, builder);
    if (is_in_memory_) return lose("a database in memory is empty at every start", "use a file");
    builder.finish();
  }

 private:
  void lose(std::string why, std::string instead) {
    plan_.lose(place_, fmt::format("source {}", in_backticks(name_)), std::move(why), std::move(instead));
  }

  void read_dsn(const Dsn& dsn, SourceBuilder& builder) {
    set_database(dsn.database, place_, builder);
    builder.set("host", dsn.host, place_);
    builder.set("port", dsn.port, place_);
    builder.set("user", dsn.user, place_);
    builder.set("password", dsn.password, place_);
    for (const auto& [key, value] : dsn.query)
      set_option(key, value, place_, builder);
  }

  void set_database(std::string_view database, config::Place place, SourceBuilder& builder) {
    if (is_file_) {
      is_in_memory_ = database.starts_with(":memory:");
      if (!is_in_memory_) builder.set_path("path", database, place);
    } else if (builder.takes("database")) {
      builder.set("database", database, place);
    } else if (!database.empty()) {
      builder.set_physical(database);
    }
  }

  void read_key(const Entry& entry, SourceBuilder& builder) {
    const std::string_view value = entry.value->text;
    const config::Place place = entry.value->place;
    // `lazy`: every datasource is connected to when it is needed, at the earliest.
    if (entry.key == "id" || entry.key == "type" || entry.key == "dsn" || entry.key == "lazy") return;
    if (entry.key == "description") {
      builder.set_description(value);
    } else if (entry.key == "database") {
      set_database(value, place, builder);
    } else if (entry.key == "connection_timeout") {
      if (const auto timeout = parse_seconds(value))
        builder.set("connect_timeout", fmt::format("{}ms", timeout->count()), place, entry.key);
      else
        builder.lose(place, entry.key, "it is no number of seconds");
    } else if (entry.key == "readonly" || entry.key == "max_rows") {
      read_limit(entry, builder);
    } else if (entry.key == "query_timeout") {
      builder.set_statement_timeout(value, place, entry.key);
    } else if (entry.key == "search_path") {
      read_search_path(value, place, builder);
    } else if (entry.key.starts_with("ssh_")) {
      read_tunnel(entry, builder);
    } else if (entry.key == "aws_iam_auth" || entry.key == "aws_region" || entry.key == "aws_profile") {
      if (entry.key == "aws_iam_auth" && value == "true")
        builder.disable(
            "Penstock makes no tokens of AWS", place, entry.key,
            "give the datasource a `user` and a `password`, or a `password_file` that is renewed");
    } else if (entry.key == "sslrootcert") {
      builder.set_path(entry.key, value, place);
    } else {
      set_option(entry.key, value, place, builder);
    }
  }

  // Of earlier versions, which had them for a source and not for its tools.
  static void read_limit(const Entry& entry, SourceBuilder& builder) {
    const std::string_view value = entry.value->text;
    if (entry.key == "readonly") {
      if (value == "false") builder.let_write(entry.place);
      if (value == "true") builder.keep_reading();
      if (value != "false" && value != "true")
        builder.lose(entry.place, entry.key, "it is neither true nor false");
    } else if (const auto rows = config::parse_integer(value); rows && *rows > 0) {
      builder.set_max_rows(*rows);
    } else {
      builder.lose(entry.place, entry.key, "it is no number of rows");
    }
  }

  // `sslmode` has PostgreSQL's words there, whatever the database is.
  static void set_option(std::string_view key, std::string_view value, config::Place place,
                         SourceBuilder& builder) {
    if (key != "sslmode" || builder.takes(key) || !builder.takes("ssl_mode"))
      return builder.set(key, value, place);
    if (value != "disable" && value != "require")
      return builder.lose(place, key, "there are `disable` and `require`",
                          "set `ssl_mode` of the datasource");
    builder.set("ssl_mode", value == "disable" ? "disabled" : "required", place, key);
  }

  static void read_search_path(std::string_view value, config::Place place, SourceBuilder& builder) {
    const std::size_t comma = value.find(',');
    builder.set_physical(value.substr(0, comma));
    if (comma != std::string_view::npos)
      builder.lose(place, "search_path", "a logical database is one schema, and the first one was taken",
                   "list the others under `databases` of the datasource, and name them in statements");
  }

  static void read_tunnel(const Entry& entry, SourceBuilder& builder) {
    if (entry.key != "ssh_host") return;  // the others belong to it
    builder.disable("Penstock opens no SSH tunnel", entry.place, entry.key,
                    "open it outside (`ssh -N -L PORT:HOST:PORT BASTION`, as a service) and point `host` and "
                    "`port` at its end");
  }

  std::string name_;
  config::Place place_;
  const DataSourceRegistry& registry_;
  Plan& plan_;
  bool is_file_ = false;
  bool is_in_memory_ = false;
};

}  // namespace

void carry_dbhub_source(const Node& node, const DataSourceRegistry& registry, Plan& plan) {
  SourceReader(text_at(node, "id"), node.place, registry, plan).read(&node, text_at(node, "dsn"));
}

void carry_dsn(std::string_view dsn, std::string_view name, const DataSourceRegistry& registry, Plan& plan) {
  SourceReader(name, {}, registry, plan).read(nullptr, dsn);
}

}  // namespace penstock::importers
