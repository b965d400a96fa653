# Installs Debian packages: which are missing, as whom, with what said to a system that is another.
# Sourced after common.sh, never run.
# shellcheck shell=bash
# `root` and `deps` are of common.sh.
# shellcheck disable=SC2154

# missing_packages LIST…: what the lists of script/packages name and this system lacks.
missing_packages() {
  local list
  for list in "$@"; do grep -Ev '^(#|$)' "$root/script/packages/$list.txt"; done | sort -u | comm -23 - \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# The names of packages are those of one release: on another, say so before anything is tried.
demand_debian_12() {
  local system
  # shellcheck source=/dev/null
  system=$(source /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-none} ${PRETTY_NAME:-}") ||
    system="none an unknown system"
  [[ ${system%% *} == bookworm ]] && command -v apt-get >/dev/null && return
  die "this is ${system#* }; the packages are known for Debian 12 (bookworm) alone.
Where Docker is, a container does:
  docker run --rm -it --network host -v '$root:$root' -w '$root' debian:12 script/server"
}

# demand_root PACKAGE…: ends here, with words for an administrator, where there is no way to be root.
demand_root() {
  ((EUID == 0)) && return
  local by_hand="ask an administrator for: apt-get install --no-install-recommends $*"
  command -v sudo >/dev/null || die "packages are missing, and there is no sudo; $by_hand"
  sudo --non-interactive true 2>/dev/null && return
  [[ -t 0 ]] || die "packages are missing, and sudo asks for a password; $by_hand"
  say "  $# Debian packages are missing: $*" "  sudo may ask for your password to install them."
  sudo --validate || die "sudo refused; $by_hand"
}

# On a terminal sudo may ask again, past the log that a step writes to.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif { : </dev/tty; } 2>/dev/null; then
    sudo "$@"
  else
    sudo --non-interactive "$@"
  fi
}

# Whether apt's lists are of this run.
apt_updated=

# Redis must not start as a service of the machine: a policy says no while packages are set up.
apt_install() {
  local policy=/usr/sbin/policy-rc.d ours=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    ours=1
  fi
  local status=0
  {
    { [[ -n $apt_updated ]] || retry as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q; } &&
      retry as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends -o APT::Status-Fd=1 "$@"
  } || status=$?
  if [[ -n $ours ]]; then as_root rm -f "$policy"; fi
  return "$status"
}

# demand_packages LIST…: ends here where packages are missing that cannot be installed.
demand_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  demand_debian_12
  demand_root "${missing[@]}"
}

# install_packages DURATION LIST…: what was installed is noted for script/clean.
install_packages() {
  local duration=$1
  local -a missing
  shift
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  step "Debian: install ${#missing[@]} packages ($duration)" apt_install "${missing[@]}"
  apt_updated=1
  printf '%s\n' "${missing[@]}" >>"$deps/installed-packages"
}
