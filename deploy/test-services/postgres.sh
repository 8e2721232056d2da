#!/usr/bin/env bash
# A private PostgreSQL for tests: own data folder, own free port, loopback only, no systemd. Works as
# root (the server then runs as user postgres, since it refuses root) or as any user.
#
#   postgres.sh install      installs the Debian package if it is missing (as root)
#   postgres.sh start DIR    starts a server in DIR, prints `export CONSTRUE_TEST_POSTGRES_URL=…`
#   postgres.sh stop DIR     stops it
#
# It trades durability for speed: never keep anything in it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

binaries() { printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1 | xargs dirname; }
installed() { [ -x "$(binaries)/initdb" ]; }

# Runs a command as the server's user, in a folder that user may enter.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$DIR" "$@")
  else
    "$@"
  fi
}

start() {
  installed || die "PostgreSQL is not installed; run: $0 install"
  [ -z "$(ls -A "$DIR" 2>/dev/null)" ] || die "$DIR is not empty"
  mkdir -p "$DIR"
  local password attempt port
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s' "$password" >"$DIR/password")
  if [ "$(id -u)" = 0 ]; then chown postgres: "$DIR" "$DIR/password"; fi
  chmod 700 "$DIR"
  as_server "$BIN/initdb" --pgdata "$DIR/data" --username postgres --pwfile "$DIR/password" \
    --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync >"$DIR/initdb.log" 2>&1 \
    || { tail -n 20 "$DIR/initdb.log" >&2; die "initdb failed"; }
  cat >>"$DIR/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
  for attempt in 1 2 3 4 5; do
    port=$(free_ports 1)
    if as_server "$BIN/pg_ctl" --pgdata "$DIR/data" --log "$DIR/log" --wait --timeout 60 \
      --options "-p $port" start >/dev/null 2>&1; then
      say "PostgreSQL listens on 127.0.0.1:$port"
      echo "export CONSTRUE_TEST_POSTGRES_URL=postgres://postgres:$password@127.0.0.1:$port/postgres"
      return
    fi
    grep -q 'Address already in use' "$DIR/log" || break
    say "port $port was taken meanwhile (attempt $attempt)"
    : >"$DIR/log"
  done
  tail -n 30 "$DIR/log" >&2
  die "PostgreSQL did not start"
}

stop() {
  [ -f "$DIR/data/postmaster.pid" ] || return 0
  as_server "$BIN/pg_ctl" --pgdata "$DIR/data" --mode fast --wait --timeout 60 stop >/dev/null
}

case "${1:-} ${2:+DIR}" in
  "install ") installed || install postgresql ;;
  "start DIR" | "stop DIR")
    DIR=$(realpath -m "$2")
    BIN=$(binaries)
    "$1"
    ;;
  *) die "usage: $0 install | start DIR | stop DIR" ;;
esac
