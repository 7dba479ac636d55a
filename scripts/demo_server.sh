# shellcheck shell=bash
# A private PostgreSQL server for the demo: in a folder of its own, reached by a unix socket there and by nothing else.
# Sourced, not run; lib.sh comes first.

server_binaries="${PENSTOCK_POSTGRESQL_BIN:-/usr/lib/postgresql/15/bin}"
server_folder=''

# PostgreSQL refuses to run as root.
as_server() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# Starts an empty server, and exports where it is.
start_server() {
  if [[ ! -x "$server_binaries/initdb" ]]; then
    die "there is no PostgreSQL server in $server_binaries: run scripts/setup --for demo"
  fi
  server_folder="$(mktemp -d "${TMPDIR:-/tmp}/penstock-demo-XXXXXX")"
  if ((EUID == 0)); then chown postgres "$server_folder"; fi
  export DEMO_BANK_HOST="$server_folder" DEMO_BANK_PORT=5432
  local log="$server_folder/server.log"
  (cd / && as_server "$server_binaries/initdb" --pgdata "$server_folder/data" --username postgres --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync) >/dev/null || die "initdb failed"
  (cd / && as_server "$server_binaries/pg_ctl" start --pgdata "$server_folder/data" --log "$log" --wait \
    --options "-k $server_folder -p $DEMO_BANK_PORT -c listen_addresses=''") >/dev/null || {
    cat "$log" >&2
    die "the server did not start"
  }
}

server_sql() {
  "$server_binaries/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --host "$server_folder" --port "$DEMO_BANK_PORT" \
    --username postgres "$@"
}

# grant_reading SCHEMA...: the grants of docs/security.md, for a role that reads these.
grant_reading() {
  local schemas
  schemas="$(printf ', %s' "$@")"
  schemas="${schemas:2}"
  server_sql --dbname demo_bank <<SQL
CREATE ROLE penstock_read LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE penstock_read SET default_transaction_read_only = on;
REVOKE ALL ON DATABASE demo_bank FROM PUBLIC;
GRANT CONNECT ON DATABASE demo_bank TO penstock_read;
GRANT USAGE ON SCHEMA $schemas TO penstock_read;
GRANT SELECT ON ALL TABLES IN SCHEMA $schemas TO penstock_read;
SQL
}

stop_server() {
  if [[ -z "$server_folder" ]]; then return; fi
  (cd / && as_server "$server_binaries/pg_ctl" stop --pgdata "$server_folder/data" --mode fast) >/dev/null 2>&1 || true
  rm -rf "$server_folder"
  server_folder=''
}
