# Shared by the scripts: where things lie, how a step is told, how a download is retried.
# Sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Each is used by the scripts that source this file.
# shellcheck disable=SC2034
deps=$root/.deps
# shellcheck disable=SC2034
venv=$root/.venv

# One line for each argument.
say() { printf '%s\n' "$@"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Milliseconds since some fixed point.
now_ms() { echo $(($(date +%s%N) / 1000000)); }

seconds_since() {
  local elapsed=$(($(now_ms) - $1))
  printf '%d.%d s' $((elapsed / 1000)) $((elapsed % 1000 / 100))
}

# step TEXT COMMAND…: runs the command with its output in a log; shows the log only if it fails.
step() {
  local text=$1 started log status=0
  shift
  started=$(now_ms)
  log=$deps/log/$(tr -cs '[:alnum:]\n' '-' <<<"$text").log
  mkdir -p "$deps/log"
  # Not as a condition: there the command's own `set -e` would be off.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if ((status == 0)); then
    printf '  %-58s %s\n' "$text" "$(seconds_since "$started")"
    return
  fi
  printf '  %-58s failed after %s\n' "$text" "$(seconds_since "$started")" >&2
  tail -n 40 "$log" >&2
  die "$text failed; the whole log is $log"
}

# Runs a command that downloads: a failure is tried twice more.
retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    say "attempt $attempt of 3 failed: $*" >&2
  done
  return 1
}

# One hash over files and words: the key of whatever is made from them.
fingerprint() {
  local input
  for input in "$@"; do
    if [[ -f $input ]]; then cat "$input"; else printf '%s\n' "$input"; fi
  done | sha256sum | cut -c1-16
}
