# shellcheck shell=bash
# Shared by the scripts beside it; sourced, not run. Messages go to stderr: stdout is for results.

say() { printf 'test-services: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# install PACKAGE...: Debian packages, when root. Nothing they bring is started.
install() {
  [ "$(id -u)" = 0 ] || die "missing: $*. Install it (apt-get install $*), or run this as root"
  command -v apt-get >/dev/null || die "missing: $*, and there is no apt-get to install it with"
  say "installing $*"
  local log policy=/usr/sbin/policy-rc.d own_policy=
  log=$(mktemp)
  # Debian starts a service as soon as it is installed, unless this file says no.
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && own_policy=yes
  fi
  local status=0
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    status=1
    tail -n 30 "$log" >&2
  fi
  rm -f "$log"
  [ -z "$own_policy" ] || rm -f "$policy"
  [ "$status" = 0 ] || die "installing $* failed"
}

# free_ports N: N different TCP ports of 127.0.0.1 that nothing listens on now. Another process may
# take one before it is used, so whoever starts something on them tries again with others.
free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in held))
PY
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
