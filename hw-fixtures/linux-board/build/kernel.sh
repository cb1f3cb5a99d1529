#!/usr/bin/env bash
# kernel.sh SOURCE OUT: configure and build the kernel and its in-tree modules into OUT.
set -euo pipefail

source=$1 out=$2
fragment=$(cd "$(dirname "$0")/../kernel" && pwd)/board.config
um() { make -s -C "$source" O="$out" ARCH=um "$@"; }

mkdir -p "$out"
um tinyconfig
# Our wishes replace what tinyconfig set, instead of following it, which draws a warning per line.
sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' "$fragment" >"$out/wishes"
grep -vwFf "$out/wishes" "$out/.config" >"$out/.config.rest"
cat "$out/.config.rest" "$fragment" >"$out/.config"
um olddefconfig
# The option only exists once the ones above are in; the default stack is too small for ptrace with AMX state.
sed -i 's/^CONFIG_KERNEL_STACK_ORDER=.*/CONFIG_KERNEL_STACK_ORDER=3/' "$out/.config"
um olddefconfig

# A wish of the fragment that Kconfig silently dropped would only show as an odd failure much later.
while read -r wish; do
  case $wish in
  CONFIG_*=n) grep -q "^${wish%=n}=" "$out/.config" && echo "board: warning: $wish was not honoured" >&2 ;;
  CONFIG_*) grep -qxF "$wish" "$out/.config" || echo "board: warning: $wish was not honoured" >&2 ;;
  esac
done <"$fragment"

# Compilers of any age warn about something in there; that only matters when the build fails.
if ! um -j"$(nproc)" linux modules >"$out/build.log" 2>&1; then
  tail -n 40 "$out/build.log" >&2
  echo "board: the kernel did not build; the end of its output is above" >&2
  exit 1
fi
