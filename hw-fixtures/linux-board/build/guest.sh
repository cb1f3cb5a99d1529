#!/usr/bin/env bash
# guest.sh OUT: compile the small programs that run inside the board; static, so they need nothing from there.
set -euo pipefail

out=$1
cd "$(dirname "$0")/../guest"
compile() { gcc -std=gnu11 -D_GNU_SOURCE -Os -static -s -Wall -Wextra -Werror "$@"; }

compile -o "$out/board-init" board-init.c
compile -o "$out/load-module" load-module.c
compile -o "$out/mctp-peer" mctp-peer.c mctp-netlink.c mctp-traffic.c mctp-ldisc.c mctp-control.c
