# shellcheck shell=bash
# A private server of MongoDB's protocol for the demo: mongo-java-server, on a free port of loopback, with everything in
# its memory. Sourced, not run; lib.sh comes first.

mongodb_process=''
mongodb_folder=''

# start_mongodb FOLDER: starts an empty server of the jars in there, and exports its port.
start_mongodb() {
  local jars="$1"
  [[ -f "$jars/MongoServers.class" ]] || die "there is no mongo-java-server: run scripts/setup --for demo"
  mongodb_folder="$(mktemp -d "${TMPDIR:-/tmp}/penstock-demo-XXXXXX")"
  # Opened for both, so that it has no end: the server would end at it.
  mkfifo "$mongodb_folder/input"
  java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx2g -cp "$jars:$jars/*" MongoServers \
    <>"$mongodb_folder/input" >"$mongodb_folder/port" 2>"$mongodb_folder/server.log" &
  mongodb_process=$!
  echo new >"$mongodb_folder/input"
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    if [[ -s "$mongodb_folder/port" ]]; then
      DEMO_BANK_PORT="$(cat "$mongodb_folder/port")"
      export DEMO_BANK_PORT
      return
    fi
    if ! kill -0 "$mongodb_process" 2>/dev/null; then break; fi
    sleep 0.1
  done
  cat "$mongodb_folder/server.log" >&2
  die "the server did not start"
}

stop_mongodb() {
  if [[ -n "$mongodb_process" ]]; then
    kill "$mongodb_process" 2>/dev/null || true
    wait "$mongodb_process" 2>/dev/null || true
  fi
  if [[ -n "$mongodb_folder" ]]; then rm -rf "$mongodb_folder"; fi
  mongodb_folder=''
}
