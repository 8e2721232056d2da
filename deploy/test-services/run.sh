#!/usr/bin/env bash
# Runs a command with everything the tests need around it, and takes it all down afterwards:
#
#   run.sh COMMAND [ARGUMENT...]
#
# Installs what is missing (Debian packages as root; Python packages into .venv), starts a private
# PostgreSQL and RabbitMQ on free ports in a temporary folder, and exports
#
#   CONSTRUE_TEST_POSTGRES_URL              superuser; each test makes its own database
#   CONSTRUE_TEST_AMQP_URL                  administrator; each test makes its own virtual host or prefix
#   CONSTRUE_TEST_RABBITMQ_MANAGEMENT_URL   management API, credentials included
#
# A service whose variable is set already is not started: the tests use that one. Services that run
# on this machine otherwise are left alone. Exits with the command's status.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
. "$HERE/lib.sh"
[ $# -gt 0 ] || die "usage: $0 COMMAND [ARGUMENT...]"

install_tools() {
  local missing=()
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  command -v python3 >/dev/null || missing+=(python3 python3-venv)
  command -v setpriv >/dev/null || missing+=(util-linux)
  # Reads text in pictures, of which documents in tests are some.
  command -v tesseract >/dev/null || missing+=(tesseract-ocr)
  [ ${#missing[@]} = 0 ] || install "${missing[@]}"
  # Debian cuts the part of Python that makes virtual environments out of the main package.
  python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
}

# The Python packages, again when the requirements or the interpreter change. In place, since another
# run may be using them.
install_python_packages() {
  local venv=$ROOT/.venv stamp
  stamp=$(python3 -c 'import sys; print(sys.base_prefix, sys.version)' | cat - "$HERE/requirements.txt" | sha256sum)
  (
    flock 9
    if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
      say "installing the Python packages into .venv"
      python3 -m venv "$venv"
      "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements.txt"
      printf '%s' "$stamp" >"$venv/stamp"
    fi
  ) 9<"$HERE/requirements.txt"
  PATH=$venv/bin:$PATH
  export PATH
}

services=()
scratch=
child=
clean_up() {
  local service
  for service in ${services[@]+"${services[@]}"}; do
    say "stopping $service"
    "$HERE/$service.sh" stop "$scratch/$service" || say "stopping $service failed"
  done
  [ -z "$scratch" ] || rm -rf "$scratch"
}
forward() { [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null || true; }
trap clean_up EXIT
trap 'forward TERM; [ -n "$child" ] || exit 143' TERM HUP
# A terminal sends the interrupt to the command as well: only the services must outlive it.
trap '[ -n "$child" ] || exit 130' INT

begun=$SECONDS
install_tools
if [ -z "${CONSTRUE_TEST_POSTGRES_URL:-}" ]; then
  "$HERE/postgres.sh" install
  services+=(postgres)
fi
if [ -z "${CONSTRUE_TEST_AMQP_URL:-}" ]; then
  "$HERE/rabbitmq.sh" install
  services+=(rabbitmq)
fi
install_python_packages

scratch=$(mktemp -d "${TMPDIR:-/tmp}/construe-test.XXXXXX")
# PostgreSQL runs as another user when this runs as root, and must reach its folder inside.
chmod 711 "$scratch"
starting=()
for service in ${services[@]+"${services[@]}"}; do
  say "starting $service"
  (umask 077 && exec "$HERE/$service.sh" start "$scratch/$service" >"$scratch/$service.env") &
  starting+=($!)
done
for pid in ${starting[@]+"${starting[@]}"}; do
  wait "$pid" || die "a service did not start"
done
for service in ${services[@]+"${services[@]}"}; do
  # shellcheck source=/dev/null
  . "$scratch/$service.env"
done
say "ready after $((SECONDS - begun)) s; running: $*"

begun=$SECONDS
# In the background, so that a signal to this script is acted on at once. A background command of a
# script ignores interrupts unless told otherwise.
(trap - INT QUIT && exec "$@") <&0 &
child=$!
while :; do
  status=0
  wait "$child" || status=$?
  kill -0 "$child" 2>/dev/null || break
done
say "the command ended with status $status after $((SECONDS - begun)) s"
exit "$status"
