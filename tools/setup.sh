#!/usr/bin/env bash
# Installs what building and testing need, without questions; does nothing the second time.
#
#   Debian packages   tools/packages.txt, with apt-get (through sudo where not root); one with
#                     a question mark only where the distribution has it
#   .venv             tools/requirements.txt: LibTorch comes from the torch wheel
#   node_modules      package-lock.json: what the report's charts are drawn with
#
# MEDGRAFT_TORCH=DIR uses an unpacked LibTorch there and installs no wheel.
set -euo pipefail
cd "$(dirname "$0")/.."

is_installed() { dpkg-query -W -f='${Status}' "$1" 2> /dev/null | grep -q 'ok installed'; }
is_offered() { apt-cache policy "$1" 2> /dev/null | grep -q 'Candidate: [0-9]'; }

missing_packages() {
  local package
  while read -r package; do
    if is_installed "${package%\?}"; then continue; fi
    if [[ $package == *\? ]] && ! is_offered "${package%\?}"; then continue; fi
    echo "${package%\?}"
  done < tools/packages.txt
}

install_packages() {
  local missing as_root=()
  missing=$(missing_packages)
  if ! command -v node > /dev/null; then missing="$missing nodejs npm"; fi
  [ -n "${missing// /}" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      echo "setup: not root and no sudo; install these first:" $missing >&2
      exit 2
    fi
    as_root=(sudo)
  fi
  echo "setup: installing" $missing
  "${as_root[@]}" apt-get update -qq
  missing="$missing $(missing_packages)"  # Now that the lists tell what is offered.
  # shellcheck disable=SC2086  # One word a package.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $missing > /dev/null
}

python() {  # The newest Python that the wheel is built for and that is here.
  local name
  for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import venv, ensurepip' 2> /dev/null; then
      echo "$name"
      return
    fi
  done
  echo "setup: no python3 with venv was found" >&2
  exit 2
}

install_python() {
  local wanted stamp=.venv/requirements.sha256
  wanted=$(sha256sum < tools/requirements.txt)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
  echo "setup: making .venv (LibTorch and the tests' Python)"
  [ -x .venv/bin/python ] || "$(python)" -m venv .venv
  if [ -n "${MEDGRAFT_TORCH:-}" ]; then
    grep -v '^torch==' tools/requirements.txt | .venv/bin/pip install -q -r /dev/stdin
  else
    .venv/bin/pip install -q -r tools/requirements.txt
  fi
  echo "$wanted" > "$stamp"
}

install_node() {
  local wanted stamp=node_modules/.medgraft
  [ -f package-lock.json ] || return 0
  wanted=$(sha256sum < package-lock.json)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
  echo "setup: installing the chart libraries"
  npm ci --silent --no-audit --no-fund > /dev/null
  echo "$wanted" > "$stamp"
}

install_packages
install_python
install_node
