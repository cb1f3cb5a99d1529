#!/usr/bin/env bash
# unpack.sh FOLDER: unpack Debian's kernel source there, patched, without what a User Mode Linux never builds.
# All Kconfig and Makefiles stay (the configuration reads every one of them); only sources of other machines go.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
tarball=/usr/src/linux-source-6.12.tar.xz

unused=(drivers/gpu drivers/media drivers/staging drivers/infiniband drivers/scsi drivers/net/ethernet
  drivers/net/wireless sound fs/xfs fs/btrfs)
for arch in alpha arc arm arm64 csky hexagon loongarch m68k microblaze mips nios2 openrisc parisc powerpc riscv \
  s390 sh sparc xtensa; do
  unused+=("arch/$arch")
done

exclude=(--exclude='*/Documentation/*.rst' --exclude='*/Documentation/devicetree' --exclude='*.dts'
  --exclude='*.dtsi' --exclude='*/tools/testing' --exclude='*/tools/perf')
for path in "${unused[@]}"; do
  exclude+=("--exclude=*/$path/*.[chS]")
done

mkdir -p "$folder"
tar -C "$folder" --strip-components=1 "${exclude[@]}" -xf "$tarball"
patch -s -p1 -d "$folder" <"$here/../kernel/uml.patch"
