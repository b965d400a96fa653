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

# help_if_asked "$@": shows the comment at the head of the script to whoever asks for help.
help_if_asked() {
  local word
  for word in "$@"; do
    [[ $word == --help || $word == -h ]] || continue
    awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"
    exit 0
  done
}

# Milliseconds since some fixed point.
now_ms() { echo $(($(date +%s%N) / 1000000)); }

seconds_since() {
  local elapsed=$(($(now_ms) - $1))
  printf '%d.%d s' $((elapsed / 1000)) $((elapsed % 1000 / 100))
}

# How far a command is, as the end of its log tells: Ninja and whoever counts as it does, and apt.
progress_in() {
  tail -c 4096 "$1" | sed -nE \
    -e 's/^\[([0-9]+\/[0-9]+)\].*/\1/p' \
    -e 's/^dlstatus:[^:]*:([0-9]+).*/download \1 %/p' \
    -e 's/^pmstatus:[^:]*:([0-9]+).*/install \1 %/p' | tail -n 1
}

# follow TEXT LOG STARTED: says how far a running step is; on a terminal each second in its own line,
# elsewhere twice a minute in a line of its own. Ends with this script.
follow() {
  local text=$1 log=$2 started=$3 beat=0
  while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    if [[ -t 1 ]]; then
      printf '\r  %-58s %s  %s\e[K' "$text" "$(seconds_since "$started")" "$(progress_in "$log")"
    elif ((++beat % 30 == 0)); then
      printf '    %s  %s\n' "$(seconds_since "$started")" "$(progress_in "$log")"
    fi
  done
}

# step TEXT COMMAND…: says the text, runs the command with its output in a log and says how far it is;
# shows the log only if it fails. What stands in parentheses at the end of the text is said before alone.
step() {
  local text=$1 name=${1% (*} started log follower status=0 back=
  shift
  started=$(now_ms)
  log=$deps/log/$(tr -cs '[:alnum:]\n' '-' <<<"$name").log
  mkdir -p "$deps/log"
  : >"$log"
  if [[ -t 1 ]]; then
    back=$'\r\e[K'
    printf '  %s …' "$text"
  else
    say "  $text …"
  fi
  follow "$name" "$log" "$started" &
  follower=$!
  # Not as a condition: there the command's own `set -e` would be off.
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  status=$?
  set -e
  kill "$follower" 2>/dev/null
  wait "$follower" 2>/dev/null || true
  if ((status == 0)); then
    printf '%s  %-58s %s\n' "$back" "$name" "$(seconds_since "$started")"
    return
  fi
  printf '%s  %-58s failed after %s\n' "$back" "$name" "$(seconds_since "$started")" >&2
  tail -n 40 "$log" >&2
  die "$name failed; the whole log is $log"
}

# What begin() runs, by name; what it prints, and how it ended, lie beside the logs of the steps.
declare -A begun=()

# begin NAME COMMAND…: runs it beside what follows, until await NAME, or the end of this script. It has
# a process group of its own, so that all that it starts ends with it.
begin() {
  local name=$1
  shift
  mkdir -p "$deps/log"
  rm -f "$deps/log/$name.ended"
  set -m
  {
    local status=0
    set +e
    (set -e; "$@")
    status=$?
    echo "$status" >"$deps/log/$name.ended"
  } >"$deps/log/$name.begun" 2>&1 </dev/null &
  begun[$name]=$!
  set +m
  trap end_begun EXIT
}

end_begun() {
  local pid
  for pid in "${begun[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
}

# await NAME: prints what that prints, and ends as that does. A command for a step.
await() {
  tail -n +1 -f --pid="${begun[$1]}" "$deps/log/$1.begun"
  return "$(cat "$deps/log/$1.ended" 2>/dev/null || echo 1)"
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
