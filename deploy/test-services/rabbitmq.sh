#!/usr/bin/env bash
# A private RabbitMQ for tests: own data folder, own free ports (also for Erlang's port mapper), own
# cookie, loopback only, no systemd. Works as root or as any user, several side by side.
#
#   rabbitmq.sh install      installs the Debian package if it is missing (as root)
#   rabbitmq.sh start DIR    starts a node in DIR, prints `export CONSTRUE_TEST_AMQP_URL=…` and
#                            `export CONSTRUE_TEST_RABBITMQ_MANAGEMENT_URL=…`
#   rabbitmq.sh stop DIR     stops it
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# Not the wrapper in /usr/sbin: that one changes to user rabbitmq and drops the environment.
server() { printf '%s\n' /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server | sort -V | tail -n 1; }
installed() { [ -x "$(server)" ]; }

configure() { # AMQP_PORT MANAGEMENT_PORT DISTRIBUTION_PORT MAPPER_PORT
  mkdir -p "$DIR"/{home,log,mnesia,schema}
  # Everything that would otherwise be read from or written to the machine's own RabbitMQ.
  cat >"$DIR/environment" <<ENV
export HOME='$DIR/home'
export RABBITMQ_NODENAME=construe-test-$1@localhost
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_NODE_PORT=$1
export RABBITMQ_DIST_PORT=$3
export RABBITMQ_MNESIA_BASE='$DIR/mnesia'
export RABBITMQ_LOG_BASE='$DIR/log'
export RABBITMQ_SCHEMA_DIR='$DIR/schema'
export RABBITMQ_GENERATED_CONFIG_DIR='$DIR/schema'
export RABBITMQ_ENABLED_PLUGINS_FILE='$DIR/enabled_plugins'
export RABBITMQ_CONFIG_FILE='$DIR/rabbitmq.conf'
export RABBITMQ_ADVANCED_CONFIG_FILE='$DIR/advanced.config'
export RABBITMQ_CONF_ENV_FILE='$DIR/no-such-file'
export RABBITMQ_PID_FILE='$DIR/pid'
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}'
export ERL_EPMD_PORT=$4
export ERL_EPMD_ADDRESS=127.0.0.1
ENV
  cat >"$DIR/rabbitmq.conf" <<CONF
management.tcp.ip = 127.0.0.1
management.tcp.port = $2
log.console = false
disk_free_limit.absolute = 50MB
CONF
  echo '[].' >"$DIR/advanced.config"
  echo '[rabbitmq_management].' >"$DIR/enabled_plugins"
  (umask 377 && od -An -N20 -tx1 /dev/urandom | tr -d ' \n' >"$DIR/home/.erlang.cookie")
}

# Whether the node that serves this management port is ours and listens for AMQP. An open port alone
# proves nothing: it may be a stranger's, while our node is about to fail for want of it.
is_ours() { # AMQP_PORT MANAGEMENT_PORT
  listens "$2" && python3 - "$1" "$2" 2>/dev/null <<'PY'
import base64, json, sys, urllib.request
amqp, management = sys.argv[1:]
request = urllib.request.Request(
    f"http://127.0.0.1:{management}/api/overview",
    headers={"Authorization": "Basic " + base64.b64encode(b"guest:guest").decode()},
)
overview = json.load(urllib.request.urlopen(request, timeout=5))
listeners = [(each["protocol"], each["port"]) for each in overview["listeners"]]
sys.exit(overview["node"] != f"construe-test-{amqp}@localhost" or ("amqp", int(amqp)) not in listeners)
PY
}

# 0: up. 1: gave up, because the node died or did not come up in time.
wait_until_up() { # PID AMQP_PORT MANAGEMENT_PORT
  local deadline=$((SECONDS + 120))
  while [ "$SECONDS" -lt "$deadline" ]; do
    if is_ours "$2" "$3"; then return 0; fi
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

start() {
  installed || die "RabbitMQ is not installed; run: $0 install"
  [ -z "$(ls -A "$DIR" 2>/dev/null)" ] || die "$DIR is not empty"
  local attempt amqp management distribution mapper pid
  for attempt in 1 2 3; do
    read -r amqp management distribution mapper < <(free_ports 4)
    configure "$amqp" "$management" "$distribution" "$mapper"
    # shellcheck source=/dev/null
    (. "$DIR/environment" && exec setsid "$(server)" >"$DIR/output" 2>&1 </dev/null) &
    pid=$!
    if wait_until_up "$pid" "$amqp" "$management"; then
      say "RabbitMQ listens on 127.0.0.1:$amqp, its management on 127.0.0.1:$management"
      echo "export CONSTRUE_TEST_AMQP_URL=amqp://guest:guest@127.0.0.1:$amqp/%2f"
      echo "export CONSTRUE_TEST_RABBITMQ_MANAGEMENT_URL=http://guest:guest@127.0.0.1:$management"
      return
    fi
    stop
    grep -qrs -e eaddrinuse -e 'already in use' "$DIR/output" "$DIR/log" || break
    say "one of the ports was taken meanwhile (attempt $attempt)"
    rm -rf "${DIR:?}"/*
  done
  tail -n 40 "$DIR/output" >&2
  die "RabbitMQ did not start"
}

stop() {
  [ -f "$DIR/environment" ] || return 0
  # shellcheck source=/dev/null
  . "$DIR/environment"
  local pid='' deadline=$((SECONDS + 40))
  # Read before the node stops: it removes the file.
  if [ -s "$DIR/pid" ]; then pid=$(cat "$DIR/pid"); fi
  if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then
    while kill -0 "$pid" 2>/dev/null; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        say "RabbitMQ did not stop in time, killing it"
        kill -KILL "$pid" 2>/dev/null || true
        break
      fi
      sleep 0.1
    done
  fi
  # The port mapper outlives its node. It is private to this folder, and refuses while a node is left.
  epmd -port "$ERL_EPMD_PORT" -kill >/dev/null 2>&1 || true
}

case "${1:-} ${2:+DIR}" in
  "install ") installed || install rabbitmq-server ;;
  "start DIR" | "stop DIR")
    DIR=$(realpath -m "$2")
    "$1"
    ;;
  *) die "usage: $0 install | start DIR | stop DIR" ;;
esac
