#!/usr/bin/env bash
# End-to-end benchmark: a whole job in time, in ratio to the engine alone on the same cores, with the peak
# memory of each process, and the time of a job of one line. Arguments go to deploy/bench/end_to_end.py
# (see its --help). Needs what `make test` needs; installs it the same way.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${CONSTRUE_BIN:-}" ]; then
  cargo build --release --bin construe
  CONSTRUE_BIN=$(realpath "${CARGO_TARGET_DIR:-target}")/release/construe
fi
export CONSTRUE_BIN
exec deploy/test-services/run.sh python3 deploy/bench/end_to_end.py "$@"
