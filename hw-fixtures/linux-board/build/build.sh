#!/usr/bin/env bash
# build.sh TARGET: build the whole board (kernel, modules, guest programs) into the folder TARGET, all or nothing.
# Called by build.ts, which chooses TARGET and holds the lock of the cache folder meanwhile.
set -euo pipefail

target=$1
here=$(cd "$(dirname "$0")" && pwd)
cache=$(dirname "$target")

if [[ -e $target/manifest ]]; then
  exit 0 # someone else built it while we waited for the lock
fi

# We hold the lock, so whatever lies around is left from a build that was killed.
rm -rf "$cache"/.building.*
work=$(mktemp -d "$cache/.building.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

say() { echo "board: $* (${SECONDS} s)"; }

say "unpacking the kernel source"
"$here/unpack.sh" "$work/source"
say "building the kernel, about two minutes on two cores"
"$here/kernel.sh" "$work/source" "$work/out"

say "building our modules"
cp -r "$here/../modules" "$work/modules"
make -s -C "$work/out" ARCH=um M="$work/modules" modules

say "building the guest's programs"
mkdir -p "$work/board/bin" "$work/board/modules"
"$here/guest.sh" "$work/board/bin"

strip -o "$work/board/linux" "$work/out/linux"
cp "$work/modules/"*.ko "$work/board/modules/"
find "$work/out" -name '*.ko' -exec cp {} "$work/board/modules/" \;
cp "$work/out/.config" "$work/board/config"
{
  echo "kernel $(make -s -C "$work/out" ARCH=um kernelrelease)"
  echo "source $(dpkg-query -W -f '${Version}' linux-source-6.12)"
  echo "seconds $SECONDS"
} >"$work/board/manifest"

rm -rf "$target"
mv "$work/board" "$target"
say "done: $target"
