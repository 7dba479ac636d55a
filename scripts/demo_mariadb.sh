# shellcheck shell=bash
# A private MariaDB server for the demo: in a folder of its own, reached by a unix socket there and by nothing else.
# Sourced, not run; lib.sh comes first.

mariadb_folder=''
mariadb_process=''

# Starts an empty server, and exports where it is. As root, it runs as the package's user.
start_mariadb() {
  command -v mariadbd mariadb-install-db >/dev/null || die "there is no MariaDB server: run scripts/setup --for demo"
  mariadb_folder="$(mktemp -d "${TMPDIR:-/tmp}/penstock-demo-XXXXXX")"
  local options=(--no-defaults "--datadir=$mariadb_folder/data")
  if ((EUID == 0)); then
    chown mysql "$mariadb_folder"
    options+=(--user=mysql)
  fi
  export DEMO_BANK_SOCKET="$mariadb_folder/socket"
  mariadb-install-db "${options[@]}" --auth-root-authentication-method=normal --skip-test-db \
    >"$mariadb_folder/install.log" 2>&1 || {
    cat "$mariadb_folder/install.log" >&2
    die "mariadb-install-db failed"
  }
  mariadbd "${options[@]}" "--socket=$DEMO_BANK_SOCKET" "--pid-file=$mariadb_folder/pid" --skip-networking \
    --innodb-flush-log-at-trx-commit=0 >"$mariadb_folder/server.log" 2>&1 &
  mariadb_process=$!
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    if mariadb_sql --execute "SELECT 1" >/dev/null 2>&1; then return; fi
    if ! kill -0 "$mariadb_process" 2>/dev/null; then break; fi
    sleep 0.1
  done
  cat "$mariadb_folder/server.log" >&2
  die "the server did not start"
}

mariadb_sql() {
  mariadb --no-defaults --user=root "--socket=$DEMO_BANK_SOCKET" "$@"
}

# grant_mariadb_reading DATABASE...: the grants of docs/mysql.md, for a user who reads these.
grant_mariadb_reading() {
  local database
  mariadb_sql --execute "CREATE USER penstock_read@localhost"
  for database in "$@"; do
    mariadb_sql --execute "GRANT SELECT, SHOW VIEW ON $database.* TO penstock_read@localhost"
  done
}

stop_mariadb() {
  if [[ -z "$mariadb_folder" ]]; then return; fi
  if [[ -n "$mariadb_process" ]]; then
    kill "$mariadb_process" 2>/dev/null || true
    wait "$mariadb_process" 2>/dev/null || true
  fi
  rm -rf "$mariadb_folder"
  mariadb_folder=''
}
