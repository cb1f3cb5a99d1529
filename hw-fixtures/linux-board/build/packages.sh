#!/usr/bin/env bash
# packages.sh: see that everything the board build needs is installed; install it when we are root.
set -euo pipefail

# make, gcc and friends build the kernel; libc6-dev also has the static libc for the guest's programs.
# udev tells programs in the guest of USB devices that come and go.
packages=(linux-source-6.12 gcc libc6-dev make flex bison bc patch xz-utils udev)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "board: building needs Debian (or a relative of it) with the package linux-source-6.12; build there and copy the cache folder." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
  echo "board: packages are missing and only root can install them; run: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

echo "board: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null; }; then
  echo "board: apt-get could not install ${missing[*]}; check that the Debian release offers linux-source-6.12 (12 with security updates, or 13)." >&2
  exit 1
fi
