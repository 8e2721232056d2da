#!/usr/bin/env bash
# Shows Construe at work: builds it, starts the embedded server on a free port with a folder of its own,
# and runs jobs on the sample documents with the AWS CLI, as a user would. Leaves nothing running.
#
# Needs cargo, a C compiler and python3. The AWS CLI is installed into .make/ if it is missing.
# CONSTRUE_BIN names a program that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
# Prints a command before it runs it.
show() {
  printf '%s$' "$dim" >&2
  printf ' %q' "$@" >&2
  printf '%s\n' "$plain" >&2
  "$@"
}
die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d "${TMPDIR:-/tmp}/construe-demo.XXXXXX")
server=
clean_up() {
  local code=$?
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$code" -ne 0 ] && [ -s "$work/log" ]; then
    printf '\nThe end of the server log:\n' >&2
    tail -n 20 "$work/log" >&2
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The AWS CLI: the one on the PATH, or one in a virtual environment under .make/.
need_aws() {
  if command -v aws >/dev/null; then return; fi
  local venv=.make/demo-venv
  # `make test` keeps one too.
  if [ -x .venv/bin/aws ]; then venv=.venv; fi
  if [ ! -x "$venv/bin/aws" ]; then
    say "Installing the AWS CLI into $venv (once)"
    command -v python3 >/dev/null || die "python3 is needed to install the AWS CLI"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
      if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
      else
        die "python3 has no venv module: install it (Debian: apt-get install python3-venv), or install the AWS CLI"
      fi
    fi
    rm -rf "$venv"
    mkdir -p .make
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check awscli
  fi
  PATH="$PWD/$venv/bin:$PATH"
}

if [ -n "${CONSTRUE_BIN:-}" ]; then
  program=$CONSTRUE_BIN
else
  say "Building (a few minutes the first time)"
  show cargo build --release --bin construe
  program=${CARGO_TARGET_DIR:-target}/release/construe
fi
[ -x "$program" ] || die "$program is no program"
need_aws

say "Starting the embedded server"
# Keys for this run only; without --account the server makes an account of its own and keeps it.
account=111122223333
random() { python3 -c "import secrets; print(secrets.token_hex($1))"; }
: >"$work/exports"
printf '%s$ construe standalone --listen 127.0.0.1:0 --data-dir %s/data%s\n' "$dim" "$work" "$plain"
"$program" standalone --listen 127.0.0.1:0 --data-dir "$work/data" \
  --account "$account:DEMO$(random 8 | tr a-f A-F):$(random 20)" >"$work/exports" 2>"$work/log" &
server=$!
for _ in $(seq 1 300); do
  [ "$(wc -l <"$work/exports")" -ge 4 ] && break
  kill -0 "$server" 2>/dev/null || die "the server ended before it was ready"
  sleep 0.1
done
[ "$(wc -l <"$work/exports")" -ge 4 ] || die "the server was not ready within 30 s"

# The caller's own AWS settings have no part in this.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_REGION AWS_CA_BUNDLE
unset "${!AWS_ENDPOINT_URL@}"
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
. "$work/exports"
printf '%s is up; with these lines in your shell the AWS CLI and every SDK speak to it:\n' "$AWS_ENDPOINT_URL"
sed -e 's/^/  /' -e 's/\(SECRET_ACCESS_KEY=.....\).*/\1…/' "$work/exports"

say "Uploading the sample documents"
show aws s3 mb s3://demo
show aws s3 cp --recursive --quiet docs/samples/en s3://demo/en/
show aws s3 cp --recursive --quiet docs/samples/es s3://demo/es/
show aws s3 cp --recursive --quiet docs/samples/messages s3://demo/messages/
show aws s3 cp --recursive --quiet docs/samples/medical s3://demo/medical/

role="arn:aws:iam::$account:role/demo"
# start NAME LANGUAGE PREFIX ARGUMENTS…: starts a job and prints its id.
start() {
  local name=$1 language=$2 prefix=$3
  shift 3
  show aws comprehend start-pii-entities-detection-job --job-name "$name" --language-code "$language" \
    --input-data-config "S3Uri=s3://demo/$prefix" --output-data-config S3Uri=s3://demo/results \
    --data-access-role-arn "$role" "$@" --query JobId --output text
}
# wait_for STATUS COMMAND…: repeats a describe command until its first word is the status; prints its second.
wait_for() {
  local wanted=$1 described status rest
  shift
  for _ in $(seq 1 300); do
    described=$("$@" --output text)
    read -r status rest <<<"$described"
    case $status in
    "$wanted")
      printf '%s\n' "${rest%%[[:space:]]*}"
      return
      ;;
    FAILED | STOPPED | IN_ERROR | PARTIAL_SUCCESS | TRAINED_WITH_WARNING) die "$2 $3: $described" ;;
    esac
    sleep 0.2
  done
  die "$2 $3 has not ended: $described"
}
# finish ID FOLDER: waits for the end of a PII job and downloads its output.
finish() {
  local uri
  uri=$(wait_for COMPLETED aws comprehend describe-pii-entities-detection-job --job-id "$1" \
    --query 'PiiEntitiesDetectionJobProperties.[JobStatus,OutputDataConfig.S3Uri,Message]')
  printf 'job %s: COMPLETED\n' "$1"
  show aws s3 cp --recursive --quiet "$uri" "$2"
}

say "Finding personal information (two jobs: English, Spanish)"
english=$(start find-en en en/ --mode ONLY_OFFSETS)
spanish=$(start find-es es es/ --mode ONLY_OFFSETS)
finish "$english" "$work/findings"
finish "$spanish" "$work/findings"
python3 deploy/demo/findings.py --documents docs/samples --results "$work/findings"

say "Redacting the letter"
redaction=$(start redact en en/claim-letter.txt --mode ONLY_REDACTION \
  --redaction-config PiiEntityTypes=ALL,MaskMode=REPLACE_WITH_PII_ENTITY_TYPE)
finish "$redaction" "$work/redacted"
printf '\n'
sed 's/^/  /' "$work/redacted/claim-letter.txt.out"

say "Training a classifier of one's own on messages, and classifying new ones"
classifier=$(show aws comprehend create-document-classifier --document-classifier-name messages --language-code en \
  --input-data-config S3Uri=s3://demo/messages/train.csv --data-access-role-arn "$role" \
  --query DocumentClassifierArn --output text)
accuracy=$(wait_for TRAINED aws comprehend describe-document-classifier --document-classifier-arn "$classifier" \
  --query 'DocumentClassifierProperties.[Status,ClassifierMetadata.EvaluationMetrics.Accuracy,Message]')
printf 'TRAINED; accuracy on a tenth held back: %s\n' "$accuracy"
classification=$(show aws comprehend start-document-classification-job --document-classifier-arn "$classifier" \
  --input-data-config S3Uri=s3://demo/messages/inbox.txt,InputFormat=ONE_DOC_PER_LINE \
  --output-data-config S3Uri=s3://demo/results --data-access-role-arn "$role" --query JobId --output text)
predictions=$(wait_for COMPLETED aws comprehend describe-document-classification-job --job-id "$classification" \
  --query 'DocumentClassificationJobProperties.[JobStatus,OutputDataConfig.S3Uri,Message]')
show aws s3 cp --quiet "$predictions" "$work/predictions.tar.gz"
python3 deploy/demo/predictions.py --documents docs/samples/messages --results "$work/predictions.tar.gz"

say "Reading a clinical note"
medical=$(show aws comprehendmedical start-entities-detection-v2-job --language-code en \
  --input-data-config S3Bucket=demo,S3Key=medical/ --output-data-config S3Bucket=demo,S3Key=medical-results/ \
  --data-access-role-arn "$role" --query JobId --output text)
place=$(wait_for COMPLETED aws comprehendmedical describe-entities-detection-v2-job --job-id "$medical" \
  --query 'ComprehendMedicalAsyncJobProperties.[JobStatus,OutputDataConfig.S3Key,Message]')
show aws s3 cp --recursive --quiet "s3://demo/$place" "$work/medical"
python3 deploy/demo/medical.py --results "$work/medical"
printf '  This is no substitute for professional medical advice.\n'

say "Stopping the server"
kill "$server"
wait "$server" || die "the server ended with $?"
server=
printf 'Done. To keep one running: construe standalone\n'
